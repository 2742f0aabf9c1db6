import { blockShift, checkNotDisposed, PalimpsestError } from '@palimpsest/backbone';
import type { Backbone, Vocabulary } from '@palimpsest/backbone';
import type { ModelDefinition, StateDeclaration } from '@palimpsest/layers';
import { openContext } from './context.js';
import type { Engine } from './engine.js';
import { openScheduler } from './scheduler.js';

/** Token positions that one pass computes at most, unless a single context brings more: more rows would not be faster. */
const maximumPositions = 1024;

/** The contract on top of an engine, which it owns from here on. */
export function assembleBackbone({ definition, vocabulary, engine }: { readonly definition: ModelDefinition; readonly vocabulary: Vocabulary; readonly engine: Engine }): Backbone {
  const { maximumLength, visibility, prediction, states, vocabularySize } = definition;
  const limits = { vocabulary, maximumLength, visibility };
  const piece = Math.max(1, Math.floor(maximumPositions / visibility.blockSize)) * visibility.blockSize;
  const contexts = new Set<number>();
  let named = 0;
  let disposed = false;
  const checkUsable = (): void => checkNotDisposed('backbone', disposed);
  const addContext = (): number => {
    contexts.add(named);
    return named++;
  };
  const scheduler = openScheduler(engine, {
    vocabularySize, maximumPositions, openContexts: () => contexts.size, mixAppends: states.every(({ growth }) => growth === 'per-token'),
  });
  const release = async (context: number): Promise<void> => {
    contexts.delete(context);
    await engine.release(context);
  };
  return {
    specification: 'backbone-v1', ...limits, prediction, ...uncut(states),
    open: async (options = {}) => {
      const { signal } = options;
      checkUsable();
      signal?.throwIfAborted();
      const shift = blockShift(limits, options);
      return openContext({ limits, states, copy: engine.copy, release, scheduler, piece, addContext, checkUsable }, { signal, context: addContext(), committed: 0, shift });
    },
    [Symbol.asyncDispose]: async () => {
      if (disposed) return;
      disposed = true;
      await scheduler.stop(new PalimpsestError({ where: 'backbone', expected: 'a backbone that is in use', got: 'one that is disposed', hint: 'Open another.' }));
      await engine[Symbol.asyncDispose]();
    },
  };
}

/** The first state of constant size, and how many more there are. */
function uncut(states: readonly StateDeclaration[]): Pick<Backbone, 'cannotRewind'> {
  const [first, ...others] = states.filter(({ growth }) => growth !== 'per-token');
  return first === undefined ? {} : { cannotRewind: `state ${first.name}${others.length === 0 ? '' : ` and ${others.length} more`}` };
}
