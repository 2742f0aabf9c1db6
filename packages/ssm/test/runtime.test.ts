import { bidirectional, blockCausal, causal } from '@palimpsest/backbone';
import { backboneContract } from '@palimpsest/backbone/testing';
import { describe, expect, test } from 'vitest';
import { mixers, open, tinyModel, tokens, vocabularySize } from './tiny-models.js';

const separate = { backward: 'separate' } as const;
const models = [
  { name: 'Mamba-1, causal', definition: tinyModel(causal, [mixers.mamba1(), mixers.mamba1({ plainNorms: { epsilon: 1e-6 } })]) },
  { name: 'Mamba-2, causal', definition: tinyModel(causal, [mixers.mamba2(), mixers.mamba2({ normGroups: 1 })]) },
  { name: 'Mamba-2 beside attention, causal', definition: tinyModel(causal, [mixers.mamba2(), mixers.attention]) },
  { name: 'Mamba-1 and Mamba-2 both ways, bidirectional', definition: tinyModel(bidirectional, [mixers.mamba1(separate), mixers.mamba2({ backward: 'shared' })]) },
  { name: 'Mamba-1 and Mamba-2 both ways, in blocks of 3', definition: tinyModel(blockCausal(3), [mixers.mamba1({ backward: 'shared' }), mixers.mamba2(separate)]) },
  { name: 'Mamba-2 both ways beside attention, in blocks of 5', definition: tinyModel(blockCausal(5), [mixers.mamba2(separate), mixers.attention]) },
];

describe.each(models)('$name', ({ name, definition }) => {
  for (const law of backboneContract({ name, open: () => open(definition), tolerance: 1e-5 })) {
    test(law.name, async ({ skip }) => {
      const outcome = await law.run();
      if ('skipped' in outcome) skip(outcome.skipped);
      else expect(outcome.checks).toBeGreaterThan(0);
    });
  }
});

const expectClose = (actual: Float32Array, expected: Float32Array): void => {
  expect(actual.length).toBe(expected.length);
  expect(actual.reduce((largest, value, i) => Math.max(largest, Math.abs(value - expected[i]!)), 0)).toBeLessThan(1e-5);
};

describe.each(models.slice(0, 3))('$name', ({ definition }) => {
  const text = tokens(41, 3);
  test('in pieces of 5, 7, 20 and 9 and token by token as at once; scores change nothing on the way', async () => {
    await using backbone = await open(definition);
    await using whole = await backbone.open();
    const { logits: expected } = await whole.score(text, { give: 'logits' });
    expect(expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)).toBeGreaterThan(0.5); // else any model would do
    for (const pieces of [[5, 7, 20, 9], Array<number>(41).fill(1)]) {
      await using context = await backbone.open();
      let start = 0;
      for (const size of pieces) {
        const piece = text.subarray(start, start + size);
        await context.score(tokens(3, start + 1), { give: 'logits' });
        const { logits } = await context.append!(piece, { give: 'logits' });
        expectClose(logits, expected.subarray(start * vocabularySize, (start + size) * vocabularySize));
        start += size;
      }
    }
  });

  test('contexts that differ in how many of their last tokens are folded share passes, fork and are scored in several tokens', async () => {
    await using backbone = await open(definition);
    const long = tokens(120, 6);
    const each = await Promise.all([4, 9, 37].map(async (singles, index) => { // more than are ever kept apart, fewer, and none of these times the others
      const context = await backbone.open();
      let at = 3 + index;
      await context.append!(long.subarray(0, at), { give: 'logits' });
      for (; at < 3 + index + singles; at++) await context.append!(long.subarray(at, at + 1), { give: 'logits' });
      return { context, at };
    }));
    const forks = await Promise.all(each.map(({ context }) => context.fork!()));
    await Promise.all(forks.map((fork) => fork.append!(tokens(1, 9), { give: 'logits' })));
    await Promise.all(forks.slice(1).map((fork) => fork.score(tokens(4, 9), { give: 'logits' })));
    await forks[0]![Symbol.asyncDispose]();
    for (let step = 0; step < 31; step++) await Promise.all(each.map(({ context, at }) => context.append!(long.subarray(at + step, at + step + 1), { give: 'logits' })));
    await using whole = await backbone.open();
    const { logits } = await whole.score(long, { give: 'logits' });
    for (const { context, at } of each) {
      expect(context.length).toBe(at + 31);
      const { logits: rest } = await context.score(long.subarray(at + 31, at + 36), { give: 'logits' });
      expectClose(rest, logits.subarray((at + 31) * vocabularySize, (at + 36) * vocabularySize));
    }
  });

  test('a fork goes its own way from the same state, and there is no rewind', async () => {
    await using backbone = await open(definition);
    await using context = await backbone.open();
    expect(context.rewind).toBeUndefined();
    await context.append!(text.subarray(0, 11), { give: 'logits' });
    await using fork = await context.fork!();
    await fork.append!(tokens(6, 9), { give: 'logits' });
    const [own, other] = await Promise.all([context, fork].map((each) => each.score(text.subarray(11, 20), { give: 'logits' })));
    await using whole = await backbone.open();
    const { logits } = await whole.score(text.subarray(0, 20), { give: 'logits' });
    expectClose(own!.logits, logits.subarray(11 * vocabularySize));
    expect(() => expectClose(other!.logits, logits.subarray(11 * vocabularySize))).toThrow();
  });
});

test('state bytes are there from the first token on and stay', async () => {
  await using backbone = await open(models[1]!.definition);
  await using context = await backbone.open();
  expect(context.stateBytes).toBe(0);
  const rows = 2 * 5 + 4 * 6 + 4; // keys, values and decays of a token that is not folded yet
  const bytes = 4 * 2 * (3 * (4 * 6 + 2 * 2 * 5) + 4 * 5 * 6 + 32 * rows); // two layers of tail, state and such rows
  for (const size of [1, 40, 1, 100]) {
    await context.append!(tokens(size, 2), { give: 'top', top: 1, rows: new Int32Array() });
    expect(context.stateBytes).toBe(bytes);
  }
});

test.each([causal, blockCausal(3)])('$name: a text longer than a pass is appended in pieces, and gives what it gives bit by bit', async (visibility) => {
  const definition = { ...tinyModel(visibility, [mixers.mamba2(visibility === causal ? {} : separate)]), maximumLength: 4000 };
  await using backbone = await open(definition);
  const text = tokens(3000, 4);
  const rows = Int32Array.of(2999, 0, 1022, 1023, 1024, 2048);
  await using once = await backbone.open();
  await using pieces = await backbone.open();
  const { logits } = await once.append!(text, { give: 'logits', rows });
  const parts: Float32Array[] = [];
  for (let start = 0; start < text.length; start += 300) parts.push((await pieces.append!(text.subarray(start, start + 300), { give: 'logits' })).logits);
  for (const [index, row] of rows.entries()) {
    const at = (row % 300) * vocabularySize;
    expectClose(logits.subarray(index * vocabularySize, (index + 1) * vocabularySize), parts[Math.floor(row / 300)]!.subarray(at, at + vocabularySize));
  }
  expect([once.length, once.stateBytes]).toEqual([3000, pieces.stateBytes]);
});
