import { checkAppend, checkNotDisposed, checkRequest, checkRescore, checkRewind } from '@palimpsest/backbone';
import type { Backbone, Context, Scores, Want } from '@palimpsest/backbone';
import type { StateDeclaration } from '@palimpsest/layers';
import type { Engine } from './engine.js';
import { cutRequest, joinScores } from './pieces.js';
import { recentRows } from './recent-rows.js';
import type { Scheduler } from './scheduler.js';

/** What the contexts of one backbone share. */
export interface ContextHost {
  readonly limits: Pick<Backbone, 'vocabulary' | 'maximumLength' | 'visibility'>;
  readonly states: readonly StateDeclaration[];
  readonly copy: Engine['copy'];
  readonly release: Engine['release'];
  readonly scheduler: Scheduler;
  /** Tokens that one pass appends at most where a state of constant size is carried: memory is then bounded by it, not by the text. */
  readonly piece: number;
  /** A number that no other context of this backbone has. */
  readonly addContext: () => number;
  readonly checkUsable: () => void;
}

const bytesOf = (states: readonly StateDeclaration[], growth: StateDeclaration['growth']): number =>
  states.filter((state) => state.growth === growth).reduce((sum, { shape }) => sum + 4 * shape.reduce((product, size) => product * size, 1), 0);

/** Of one context. */
export interface Opening {
  readonly signal: AbortSignal | undefined;
  /** Under which the engine knows it. */
  readonly context: number;
  readonly committed: number;
  /** Of its blocks. */
  readonly shift: number;
}

/** A context of `committed` tokens; what it carries lies in the engine under its number. */
export function openContext(host: ContextHost, { signal, context, committed, shift }: Opening): Context {
  const { limits, states, scheduler } = host;
  const perToken = bytesOf(states, 'per-token');
  const constant = bytesOf(states, 'fixed') + recentRows * bytesOf(states, 'recent');
  let length = committed;
  let disposed = false;
  let tail: Promise<unknown> = Promise.resolve();

  const checkUsable = (): void => {
    host.checkUsable();
    checkNotDisposed('context', disposed);
    signal?.throwIfAborted();
  };
  /** What is asked of one context happens in the order in which it was asked. */
  const inTurn = <T>(action: () => T | Promise<T>): Promise<T> => {
    const result = tail.then(action);
    tail = result.catch(() => undefined);
    return result;
  };
  const ask = async <W extends Want>(given: Int32Array, want: W, append: boolean): Promise<Scores<W>> => {
    const tokens = given.slice();
    const check = (): void => {
      checkUsable();
      (append ? checkAppend : checkRequest)(limits, { length, shift }, tokens, want);
    };
    check();
    return inTurn(async () => {
      check();
      const pieces = cutRequest(tokens, want, append && constant > 0 ? host.piece : Infinity, length === 0 ? shift : 0);
      const scores: Scores[] = [];
      for (const piece of pieces) {
        if (scores.length > 0) checkUsable();
        scores.push(await scheduler.ask({ context, committed: length, start: length, shift, tokens: piece.tokens, want: piece.want, append }, signal));
        if (append) length += piece.tokens.length;
      }
      return joinScores(pieces, scores) as Scores<W>; // the scheduler answers as `want` asks
    });
  };

  return {
    get length() {
      return length;
    },
    get stateBytes() {
      return length * perToken + (length > 0 ? constant : 0);
    },
    score: (tokens, want) => ask(tokens, want, false),
    ...(limits.visibility.blockSize !== Infinity && {
      append: <W extends Want>(tokens: Int32Array, want: W) => ask(tokens, want, true),
      ...(constant === 0 && {
        rescore: async <W extends Want>(start: number, given: Int32Array, want: W) => {
          const tokens = given.slice();
          const check = (): void => {
            checkUsable();
            checkRescore(limits, { length, shift }, start, tokens, want);
          };
          check();
          return inTurn(async () => {
            check();
            return await scheduler.ask({ context, committed: length, start, shift, tokens, want, append: false }, signal) as Scores<W>; // the scheduler answers as `want` asks
          });
        },
        rewind: async (to: number) => {
          checkUsable();
          return inTurn(() => {
            checkUsable();
            checkRewind(limits, { length, shift }, to);
            length = to;
          });
        },
      }),
    }),
    fork: async () => {
      checkUsable();
      return inTurn(async () => {
        checkUsable();
        const other = host.addContext();
        if (length > 0) await host.copy(context, other);
        return openContext(host, { signal, context: other, committed: length, shift });
      });
    },
    [Symbol.asyncDispose]: async () => {
      if (disposed) return;
      disposed = true;
      await inTurn(() => host.release(context));
    },
  };
}
