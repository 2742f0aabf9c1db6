import { blockCausal } from '@palimpsest/backbone';
import type { Backbone } from '@palimpsest/backbone';
import { evaluate, reference } from '@palimpsest/graph';
import { buildPass } from '@palimpsest/layers';
import type { ModelDefinition } from '@palimpsest/layers';
import { describe, expect, test } from 'vitest';
import { openTiny, randomTokens, randomWeights, tinyModel } from './tiny-model.js';

type Feeds = Parameters<typeof evaluate>[1];

const feedsOf = (definition: ModelDefinition): Feeds => Object.fromEntries([...randomWeights(definition, 7)].map(([name, { shape, ...weight }]) => [name, reference(shape, 'data' in weight ? weight.data : [])]));

/** The twin, in float64: keys and values of the committed text, those whose place is taken struck out, and a pass behind what is left of them. */
function rescoredByInterpreter(definition: ModelDefinition, committed: Int32Array, start: number, tokens: Int32Array): Float64Array {
  const weights = feedsOf(definition);
  const whole = buildPass(definition, { batch: 1, length: committed.length });
  const states = [...whole.kept.keys()];
  const rows = evaluate([...whole.kept.values()], { ...weights, tokens: reference([1, committed.length], committed), positions: reference([1, committed.length], [...committed.keys()]) });
  const left = committed.length - tokens.length;
  const kept = states.map(({ name, shape: [heads = 0, size = 0] }, index) => [name, reference([1, heads, left, size], Array.from({ length: heads * committed.length * size }, (_, at) => at).filter((at) => {
    const row = Math.floor(at / size) % committed.length;
    return row < start || row >= start + tokens.length;
  }).map((at) => rows[index]!.data[at]!))] as const);
  const { hidden } = buildPass({ ...definition, visibility: blockCausal(1000) }, { batch: 1, length: tokens.length, capacity: left }); // the tokens are of one block
  const [logits] = evaluate([definition.head(hidden)], {
    ...weights, ...Object.fromEntries(kept), tokens: reference([1, tokens.length], tokens), positions: reference([1, tokens.length], Array.from(tokens, (_, index) => start + index)),
    'prefix.lengths': reference([1], [left]), 'prefix.positions': reference([left], Array.from({ length: left }, (_, index) => index)),
  });
  return logits!.data;
}

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((largest, value, index) => Math.max(largest, Math.abs(value - b[index]!)), 0);
};

async function rescored(backbone: Backbone, committed: Int32Array, start: number, tokens: Int32Array): Promise<Float32Array> {
  await using context = await backbone.open();
  await context.append!(committed, { give: 'logits', rows: new Int32Array() });
  return (await context.rescore!(start, tokens, { give: 'logits' })).logits;
}

describe.each([{ layers: 1 }, { layers: 3 }])('$layers layers', ({ layers }) => {
  const definition = tinyModel(blockCausal(7), { layers, queryKeyNorm: true });
  const size = definition.vocabularySize;

  test.each([[14, 7, 7], [14, 9, 3], [35, 28, 1], [35, 34, 1], [35, 30, 5]])('of %i committed tokens, from %i on %i others: as where theirs are struck out', async (length, start, count) => {
    await using backbone = await openTiny(definition);
    const [committed, tokens] = [randomTokens(length, size, length + start), randomTokens(count, size, 8)];
    expect(largestDifference(await rescored(backbone, committed, start, tokens), rescoredByInterpreter(definition, committed, start, tokens))).toBeLessThan(1e-5);
  });

  test('a part of a block as if all of it were looked at: exactly that with one layer, where nothing has seen what changed, and near it with more', async () => {
    await using backbone = await openTiny(definition);
    const [committed, tokens] = [randomTokens(21, size, 3), randomTokens(3, size, 8)];
    const changed = committed.slice();
    changed.set(tokens, 16);
    await using context = await backbone.open();
    await context.append!(changed.subarray(0, 14), { give: 'logits', rows: new Int32Array() });
    const { logits } = await context.score(changed.subarray(14), { give: 'logits', rows: Int32Array.of(2, 3, 4) });
    const difference = largestDifference(await rescored(backbone, committed, 16, tokens), logits);
    if (layers === 1) expect(difference).toBeLessThan(1e-5);
    else expect(difference).toBeGreaterThan(1e-3);
  });
});

test('a state that cannot be cut has no rescore, nor does a text that is one block', async () => {
  await using backbone = await openTiny(tinyModel({ name: 'bidirectional', blockSize: Infinity, sees: () => true }));
  await using context = await backbone.open();
  expect(context.rescore).toBeUndefined();
});
