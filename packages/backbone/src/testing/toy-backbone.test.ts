import { expect, test } from 'vitest';
import { posterior, randomChain } from './markov-chain.js';
import { seededUniform } from './seeded-uniform.js';
import { bidirectionalTableBackbone, blockTableBackbone, tableBackbone } from './table-backbones.js';

const chain = randomChain(5, seededUniform(3));
const asFloats = (rows: readonly (readonly number[])[]): number[] => [...Float32Array.from(rows.flat())];

test('tableBackbone answers with the rows of its table', async () => {
  const backbone = tableBackbone({ chain, special: { end: 4 } });
  const context = await backbone.open();
  await context.append!(Int32Array.of(1), { give: 'logits' });
  const { logits } = await context.score(Int32Array.of(3, 0), { give: 'logits' });
  expect([...logits]).toEqual(asFloats([chain.transitions[3]!.map(Math.log), chain.transitions[0]!.map(Math.log)]));
  expect(backbone.vocabulary).toEqual({ size: 5, end: 4 });
});

test('the bidirectional table gives the posterior on both sides, the block table only of what is visible', async () => {
  const tokens = Int32Array.of(5, 2, 5, 5, 1); // 5 is the mask
  const whole = await (await bidirectionalTableBackbone({ chain }).open()).score(tokens, { give: 'logits', rows: Int32Array.of(2) });
  const blocks = await (await blockTableBackbone({ chain, blockSize: 2 }).open()).score(tokens, { give: 'logits', rows: Int32Array.of(2) });
  expect([...whole.logits]).toEqual(asFloats([[...posterior(chain, tokens, 2).map(Math.log), -Infinity]]));
  expect([...blocks.logits]).toEqual(asFloats([[...posterior(chain, tokens.subarray(0, 4), 2).map(Math.log), -Infinity]]));
  expect([...whole.logits]).not.toEqual([...blocks.logits]);
});

test('what waits during a pass is computed together in the next one, and counted', async () => {
  let release = (): void => {};
  const backbone = tableBackbone({ chain, delay: () => new Promise((resolve) => (release = resolve)) });
  const contexts = await Promise.all([1, 2, 3].map(() => backbone.open()));
  const want = { give: 'top', top: 1 } as const;
  const first = contexts[0]!.score(Int32Array.of(1, 2), want);
  await new Promise(setImmediate);
  const later = [contexts[1]!.score(Int32Array.of(3), want), contexts[2]!.score(Int32Array.of(0, 1, 2), want)];
  release();
  await first;
  await new Promise(setImmediate);
  release();
  await Promise.all(later);
  expect(backbone.passes).toEqual([{ contexts: 1, positions: 2 }, { contexts: 2, positions: 4 }]);
});

test('an abort rejects what waits and lets the pass that runs finish', async () => {
  let release = (): void => {};
  const backbone = tableBackbone({ chain, delay: () => new Promise((resolve) => (release = resolve)) });
  const controller = new AbortController();
  const reason = new Error('enough');
  const context = await backbone.open({ signal: controller.signal });
  const running = context.score(Int32Array.of(1), { give: 'top', top: 1 });
  await new Promise(setImmediate);
  const waiting = context.score(Int32Array.of(2), { give: 'top', top: 1 });
  controller.abort(reason);
  release();
  expect((await running).ids.length).toBe(1);
  await expect(waiting).rejects.toBe(reason);
  expect(backbone.passes.length).toBe(1);
});

test('a failing delay fails the requests of its pass and no others', async () => {
  let failing = true;
  const backbone = tableBackbone({ chain, delay: async () => { if (failing) throw new Error('no power'); } });
  const context = await backbone.open();
  await expect(context.score(Int32Array.of(1), { give: 'top', top: 1 })).rejects.toThrow('no power');
  failing = false;
  expect((await context.score(Int32Array.of(1), { give: 'top', top: 1 })).ids.length).toBe(1);
});

test('openContexts counts what is not disposed', async () => {
  const backbone = tableBackbone({ chain });
  const context = await backbone.open();
  const fork = await context.fork!();
  expect(backbone.openContexts).toBe(2);
  await fork[Symbol.asyncDispose]();
  await context[Symbol.asyncDispose]();
  expect(backbone.openContexts).toBe(0);
});
