import type { Scores } from '@palimpsest/backbone';
import type { Engine } from './engine.js';
import { planPass, sharesOf } from './pass.js';
import type { PassWish } from './pass.js';

export interface Scheduler {
  /** Rejects with the signal's reason when it aborts before the pass begins. */
  readonly ask: (wish: PassWish, signal: AbortSignal | undefined) => Promise<Scores>;
  /** Rejects everything that waits; resolves when no pass runs. */
  readonly stop: (reason: Error) => Promise<void>;
}

interface Waiting {
  readonly wish: PassWish;
  /** From here on an abort comes too late. */
  readonly begin: () => void;
  readonly resolve: (scores: Scores) => void;
  readonly reject: (reason: unknown) => void;
}

export interface SchedulerSettings {
  readonly openContexts: () => number;
  readonly vocabularySize: number;
  /** Token positions of a pass; a single context may exceed it. */
  readonly maximumPositions: number;
  /** Whether contexts that append and contexts that only score may share a pass. */
  readonly mixAppends: boolean;
}

/**
 * Lets one pass run at a time; what waits meanwhile is computed together in the next, as far as shapes allow. The oldest wish always
 * goes first.
 */
export function openScheduler(engine: Pick<Engine, 'run'>, settings: SchedulerSettings): Scheduler {
  let queue: Waiting[] = [];
  let running = false;
  let current = Promise.resolve();
  let planned = false;

  const begin = (): void => {
    planned = false;
    if (running || queue.length === 0) return;
    const batch = nextBatch(queue, settings);
    queue = queue.filter((waiting) => !batch.includes(waiting));
    running = true;
    current = runBatch(engine, batch, settings.vocabularySize).then(() => {
      running = false;
      plan();
    });
  };
  /** Whoever an answer wakes asks again in the same turn of the event loop: the next pass waits for it, unless everyone waits already. */
  const plan = (): void => {
    if (running) return;
    if (queue.length >= settings.openContexts()) begin();
    else if (!planned) {
      planned = true;
      setImmediate(begin);
    }
  };

  return {
    ask: (wish, signal) => new Promise((resolve, reject) => {
      const abort = (): void => {
        queue = queue.filter((other) => other !== waiting);
        reject(signal!.reason);
      };
      const waiting: Waiting = { wish, resolve, reject, begin: () => signal?.removeEventListener('abort', abort) };
      signal?.addEventListener('abort', abort, { once: true });
      queue.push(waiting);
      plan();
    }),
    stop: async (reason) => {
      for (const waiting of queue) {
        waiting.begin();
        waiting.reject(reason);
      }
      queue = [];
      await current;
    },
  };
}

/** The oldest wish and all that fit beside it. */
function nextBatch(queue: readonly Waiting[], { maximumPositions, mixAppends }: SchedulerSettings): readonly Waiting[] {
  const oldest = queue[0]!.wish;
  const fits = ({ wish }: Waiting): boolean =>
    wish.tokens.length === oldest.tokens.length && (wish.committed === 0) === (oldest.committed === 0) && (mixAppends || wish.append === oldest.append) &&
    replaced(wish) === replaced(oldest);
  return queue.filter(fits).slice(0, Math.max(1, Math.floor(maximumPositions / oldest.tokens.length)));
}

/** Where tokens take the place of committed ones. */
const replaced = ({ start, committed }: PassWish): number | undefined => (start < committed ? start : undefined);

/** Never rejects: whatever fails, those who asked are told; what fails for several is asked of each alone, for it may be one's alone. */
async function runBatch(engine: Pick<Engine, 'run'>, batch: readonly Waiting[], vocabularySize: number): Promise<void> {
  for (const { begin } of batch) begin();
  const wishes = batch.map(({ wish }) => wish);
  try {
    const pass = planPass(wishes, vocabularySize);
    const { heads, append } = pass.request;
    const answer = heads.length + append.length > 0 ? await engine.run(pass.request) : { heads: [] };
    const scores = sharesOf(wishes, pass, answer);
    for (const [index, { resolve }] of batch.entries()) resolve(scores[index]!);
  } catch (error) {
    if (batch.length === 1) batch[0]!.reject(error);
    else for (const waiting of batch) await runBatch(engine, [waiting], vocabularySize);
  }
}
