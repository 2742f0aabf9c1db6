import { causal } from '@palimpsest/backbone';
import { liveSessions, liveWorkers } from '@palimpsest/runtime';
import { expect, test } from 'vitest';
import { openTiny, randomTokens, tinyModel } from './tiny-model.js';

const definition = tinyModel(causal);
const inWorker = { thread: 'worker' } as const;
const tokens = (count: number, seed: number): Int32Array => randomTokens(count, 23, seed);

test('a worker answers as this thread does, whatever is asked, and ends with its backbone', async () => {
  const before = liveWorkers();
  const answers = await Promise.all([{ thread: 'own' } as const, inWorker].map(async (options) => {
    await using backbone = await openTiny(definition, options);
    await using context = await backbone.open();
    const first = await context.append!(tokens(5, 1), { give: 'top', top: 3 });
    const fork = await context.fork!();
    const rest = await Promise.all([
      context.append!(tokens(2, 2), { give: 'logits' }), fork.append!(tokens(2, 3), { give: 'targets', targets: tokens(2, 4) }), context.score(tokens(1, 5), { give: 'top', top: 23, rows: Int32Array.of(0) }),
      fork.score(tokens(2, 7), { give: 'draw', temperature: 0.8, uniforms: Float64Array.of(0.3, 0.9), banned: Int32Array.of(4) }),
      fork.score(tokens(2, 8), { give: 'draw', temperature: 0.8, topP: 0.7, uniforms: Float64Array.of(0.3, 0.9), banned: Int32Array.of(4) }),
    ]);
    await context.rewind!(1);
    return [first, ...rest, await context.score(tokens(3, 6), { give: 'logits' })];
  }));
  expect(answers[1]).toEqual(answers[0]);
  expect([liveWorkers(), liveSessions()]).toEqual([before, 0]);
});

/** How often a timer of 1 ms fires while one large pass is computed. */
async function ticksDuringPass(thread: 'worker' | 'own'): Promise<number> {
  const large = tinyModel(causal, { width: 192, headSize: 32, heads: 6, keyHeads: 6, hidden: 768, vocabularySize: 97, maximumLength: 900 });
  await using backbone = await openTiny(large, { thread });
  await using context = await backbone.open();
  const text = randomTokens(900, 97, 1);
  await context.score(text, { give: 'top', top: 1 }); // graphs are compiled
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  await context.score(text, { give: 'top', top: 1 });
  clearInterval(timer);
  return ticks;
}

test('the event loop runs on while a worker computes, and stands still while its own thread does', async () => {
  expect(await ticksDuringPass('worker')).toBeGreaterThan(5);
  expect(await ticksDuringPass('own')).toBeLessThan(5);
});

test('a graph that cannot be built is told to whoever opened the backbone, and its worker ends', async () => {
  const before = liveWorkers();
  const hidden = (): never => {
    throw new Error('no such layer');
  };
  await expect(openTiny({ ...definition, hidden }, inWorker)).rejects.toThrow('graph first: expected no failure; got no such layer.');
  expect(liveWorkers()).toBe(before);
});
