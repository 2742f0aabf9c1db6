import { input } from '@palimpsest/graph';
import type { Dimension, Value } from '@palimpsest/graph';
import type { LayerContext, StateDeclaration } from './layer.js';
import type { ModelDefinition } from './model.js';

/** A memo that lives as long as one pass. */
export function sharedValues(): LayerContext['shared'] {
  const known = new Map<string, unknown>();
  return <T>(key: string, build: () => T): T => {
    if (!known.has(key)) known.set(key, build());
    return known.get(key) as T; // a key names one kind of value
  };
}

export interface PassSizes {
  readonly batch: Dimension;
  readonly length: Dimension;
  /** Rows that the per-token states hold; absent for a pass from an empty context. */
  readonly capacity?: Dimension;
  /** Whether layers are asked to tell of their inside. */
  readonly observed?: true;
}

/** Graph inputs of a pass, and what comes out. */
export interface Pass {
  readonly tokens: Value; // int64 [batch, length]
  readonly hidden: Value; // [batch, length, width]
  readonly kept: ReadonlyMap<StateDeclaration, Value>;
  /** What layers told of their inside, by name. */
  readonly observed: ReadonlyMap<string, Value>;
}

/**
 * Builds one pass of a model over fed tokens. Inputs: `tokens` and `positions` int64 [batch, length]; after a prefix also
 * `prefix.lengths` [batch], `prefix.positions` [capacity] and every state under its own name.
 */
export function buildPass(model: ModelDefinition, { batch, length, capacity, observed: asked }: PassSizes): Pass {
  const tokens = input('tokens', [batch, length], 'int64');
  const kept = new Map<StateDeclaration, Value>();
  const observed = new Map<string, Value>();
  const states = new Map(capacity === undefined ? [] : model.states.map((state) => {
    const shape = state.growth === 'fixed' ? state.shape : [state.shape[0]!, capacity, state.shape[1]!];
    return [state, input(state.name, [batch, ...shape])] as const;
  }));
  const context: LayerContext = {
    batch, length, visibility: model.visibility, maximumLength: model.maximumLength,
    positions: input('positions', [batch, length], 'int64'),
    keep: (state, value) => { kept.set(state, value); },
    shared: sharedValues(),
    ...(asked && { observe: (name, value) => { observed.set(name, value); } }),
    ...(capacity === undefined ? {} : {
      prefix: { lengths: input('prefix.lengths', [batch], 'int64'), positions: input('prefix.positions', [capacity], 'int64'), read: (state) => states.get(state)! },
    }),
  };
  return { tokens, hidden: model.hidden(tokens, context), kept, observed };
}
