import { bidirectional, blockCausal, causal } from '@palimpsest/backbone';
import { scoresFromLogits } from '@palimpsest/backbone/testing';
import { evaluate, reference } from '@palimpsest/graph';
import { buildPass } from '@palimpsest/layers';
import type { ModelDefinition } from '@palimpsest/layers';
import { expect, test } from 'vitest';
import { openTiny, randomTokens, randomWeights, tinyModel, uniform } from './tiny-model.js';

/** Logits of the whole sequence by the float64 interpreter, [tokens x vocabulary]. */
function logitsByInterpreter(definition: ModelDefinition, tokens: Int32Array): Float64Array {
  const { hidden } = buildPass(definition, { batch: 1, length: tokens.length });
  const feeds = Object.fromEntries([...randomWeights(definition, 7)].map(([name, { shape, ...weight }]) => [name, reference(shape, 'data' in weight ? weight.data : [])]));
  const shape = [1, tokens.length];
  const [logits] = evaluate([definition.head(hidden)], { ...feeds, tokens: reference(shape, tokens), positions: reference(shape, [...tokens.keys()]) });
  return logits!.data;
}

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);
};

const models = [causal, bidirectional, blockCausal(3)].flatMap((visibility) => [
  { name: visibility.name, definition: tinyModel(visibility) },
  { name: `${visibility.name}, norms, biases, tied head`, definition: tinyModel(visibility, { queryKeyNorm: true, queryKeyValueBias: true, outputBias: true, tiedHead: true }) },
]);

test.each(models)('$name: a sequence scores as the interpreter says, whatever is wanted of it', async ({ definition }) => {
  await using backbone = await openTiny(definition);
  await using context = await backbone.open();
  const size = definition.vocabularySize;
  const tokens = randomTokens(11, size, 3);
  const logits = logitsByInterpreter(definition, tokens);
  expect(largestDifference((await context.score(tokens, { give: 'logits' })).logits, logits)).toBeLessThan(1e-5);
  const rows = Int32Array.of(9, 2, 2, 10);
  const picked = await context.score(tokens, { give: 'logits', rows });
  expect(largestDifference(picked.logits, scoresFromLogits(logits, size, { give: 'logits', rows }).logits)).toBeLessThan(1e-5);
  for (const top of [1, 3, size]) {
    const want = { give: 'top', rows, top } as const;
    const [got, expected] = [await context.score(tokens, want), scoresFromLogits(logits, size, want)];
    expect(got.ids).toEqual(expected.ids);
    for (const name of ['logProbabilities', 'logSumExp', 'entropy'] as const) expect(largestDifference(got[name], expected[name])).toBeLessThan(1e-5);
  }
  const want = { give: 'targets', targets: randomTokens(11, size, 4) } as const;
  expect(largestDifference((await context.score(tokens, want)).logProbabilities, scoresFromLogits(logits, size, want).logProbabilities)).toBeLessThan(1e-5);
});

// fewer entries than a group of the search, a whole number of groups, and neither
test.each([23, 64, 131])('a vocabulary of %i: tokens drawn inside the graph are those of all logits in float64', async (vocabularySize) => {
  const definition = tinyModel(bidirectional, { vocabularySize });
  await using backbone = await openTiny(definition);
  await using context = await backbone.open();
  const tokens = randomTokens(11, vocabularySize, 3);
  const logits = logitsByInterpreter(definition, tokens);
  const draw = uniform(9);
  const drawn = new Set<number>();
  for (const temperature of [0.3, 1, 2.5]) {
    for (const topP of [1, 0.9, 0.4]) {
      for (const banned of [[], [4], [7, 0, vocabularySize - 1]]) {
        const rows = Int32Array.from({ length: 60 }, (_, index) => (7 * index) % 11);
        const want = { give: 'draw', rows, temperature, topP, uniforms: Float64Array.from(rows, () => draw() + 0.5), banned: Int32Array.from(banned) } as const;
        const [got, expected] = [await context.score(tokens, want), scoresFromLogits(logits, vocabularySize, want)];
        expect(got.ids).toEqual(expected.ids); // seeds are fixed: no number lies within rounding of a bound
        for (const name of ['logProbabilities', 'entropy', 'margin'] as const) expect(largestDifference(got[name], expected[name])).toBeLessThan(1e-5);
        for (const id of got.ids) drawn.add(id);
      }
    }
  }
  expect(drawn.size).toBeGreaterThan(vocabularySize / 2);
});

const extensible = models.filter(({ definition }) => definition.visibility.blockSize !== Infinity);

test.each(extensible)('$name: a prefix in pieces answers as the whole sequence does', async ({ definition }) => {
  await using backbone = await openTiny(definition);
  await using context = await backbone.open();
  const size = definition.vocabularySize;
  const tokens = randomTokens(69, size, 5); // beyond the pool's first capacity of 32 and its second of 64
  const logits = logitsByInterpreter(definition, tokens);
  let start = 0;
  for (const length of [6, 3, 24, 3, 30]) {
    const { logits: got } = await context.append!(tokens.subarray(start, start + length), { give: 'logits' });
    const expected = logits.subarray(start * size, (start + length) * size);
    expect(largestDifference(got, expected)).toBeLessThan(1e-5);
    start += length;
    expect(context.length).toBe(start);
  }
  const { logits: rest } = await context.score(tokens.subarray(start), { give: 'logits' });
  expect(largestDifference(rest, logits.subarray(start * size))).toBeLessThan(1e-5);
  expect(context.length).toBe(start);
});
