import type { Backbone, Context, Want } from '@palimpsest/backbone';
import type { Meter } from '../protocol/event.js';

export interface Metered {
  readonly backbone: Backbone;
  readonly read: () => Meter;
}

/** The same backbone, counting what is asked of it, so that the page can show costs before the run's own `Usage` arrives. */
export function meter(backbone: Backbone): Metered {
  let forwardPasses = 0;
  let positionsComputed = 0;
  let stateBytes = 0;

  const watch = (context: Context): Context => {
    const { append, rescore, fork, rewind } = context;
    const counted = async <R>(tokens: Int32Array, pass: Promise<R>): Promise<R> => {
      const scores = await pass;
      forwardPasses += 1;
      positionsComputed += tokens.length;
      stateBytes = context.stateBytes;
      return scores;
    };
    return {
      get length() {
        return context.length;
      },
      get stateBytes() {
        return context.stateBytes;
      },
      score: (tokens, want) => counted(tokens, context.score(tokens, want)),
      ...(append && { append: <W extends Want>(tokens: Int32Array, want: W) => counted(tokens, append(tokens, want)) }),
      ...(rescore && { rescore: <W extends Want>(start: number, tokens: Int32Array, want: W) => counted(tokens, rescore(start, tokens, want)) }),
      ...(fork && { fork: async () => watch(await fork()) }),
      ...(rewind && { rewind }),
      [Symbol.asyncDispose]: () => context[Symbol.asyncDispose](),
    };
  };

  return {
    backbone: {
      specification: backbone.specification,
      vocabulary: backbone.vocabulary,
      maximumLength: backbone.maximumLength,
      visibility: backbone.visibility,
      prediction: backbone.prediction,
      ...(backbone.cannotRewind !== undefined && { cannotRewind: backbone.cannotRewind }),
      open: async (options) => watch(await backbone.open(options)),
      // The model outlives the run: whoever opened it closes it.
      [Symbol.asyncDispose]: async () => {},
    },
    read: () => ({ forwardPasses, positionsComputed, stateBytes }),
  };
}
