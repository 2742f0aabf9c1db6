import { GraphError, input } from '@palimpsest/graph';
import type { Dimension, Value } from '@palimpsest/graph';
import type { LayerContext, Prefix, StateDeclaration } from './layer.js';
import type { ModelDefinition } from './model.js';
import { expectOneVisibility } from './one-visibility.js';

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
  /** Rows that the recent states hold, in a pass of one token that leaves such rows behind. */
  readonly recent?: number;
  /** Whether the blocks of each sequence may lie earlier than visibility has them; false when absent. */
  readonly movable?: boolean;
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
 * Builds one pass of a model over fed tokens. Inputs: `tokens` and `positions` int64 [batch, length]; where blocks of several tokens are
 * movable `block.shift` int64 [batch]; after a prefix also `prefix.lengths` [batch], `prefix.positions` [capacity] and every state under its own
 * name, the recent ones where such rows are kept.
 */
export function buildPass(model: ModelDefinition, { batch, length, capacity, recent, movable = false, observed: asked }: PassSizes): Pass {
  const tokens = input('tokens', [batch, length], 'int64');
  const kept = new Map<StateDeclaration, Value>();
  const observed = new Map<string, Value>();
  const rows = { 'per-token': capacity, recent };
  const context: LayerContext = {
    batch, length, visibility: model.visibility, maximumLength: model.maximumLength,
    positions: input('positions', [batch, length], 'int64'),
    ...(movable && model.visibility.blockSize > 1 && model.visibility.blockSize !== Infinity && { blockShift: input('block.shift', [batch], 'int64') }),
    keep: (state, value) => { kept.set(state, value); },
    shared: sharedValues(),
    ...(asked && { observe: (name, value) => { observed.set(name, value); } }),
    ...(capacity === undefined ? {} : {
      prefix: { lengths: input('prefix.lengths', [batch], 'int64'), positions: input('prefix.positions', [capacity], 'int64'), read: stateInputs(batch, rows), ...(recent !== undefined && { recent }) },
    }),
  };
  expectOneVisibility('model', context); // the model's goes before that of any layer
  return { tokens, hidden: model.hidden(tokens, context), kept, observed };
}

/** Every state that folds, after the tokens whose recent rows there are. Inputs: these states and the recent ones under their own names. */
export function buildFold({ states }: ModelDefinition, sizes: { readonly batch: Dimension; readonly recent: number }): ReadonlyMap<StateDeclaration, Value> {
  const read = stateInputs(sizes.batch, { 'per-token': undefined, recent: sizes.recent });
  return new Map(states.flatMap((state) => (state.fold === undefined ? [] : [[state, state.fold(read, sizes)] as const])));
}

/** States as graph inputs, each of them once. */
function stateInputs(batch: Dimension, rows: Readonly<Record<'per-token' | 'recent', Dimension | undefined>>): Prefix['read'] {
  const known = sharedValues();
  return ({ name, shape, growth }) => known(name, () => {
    if (growth === 'fixed') return input(name, [batch, ...shape]);
    const count = rows[growth];
    if (count === undefined) throw new GraphError({ where: `state ${name}`, expected: `a pass with ${growth} rows`, got: 'one without' });
    return input(name, [batch, shape[0]!, count, shape[1]!]);
  });
}
