import { causal } from '@palimpsest/backbone';
import { add, cumulativeSum, matMul, reduceSum, reshape } from '@palimpsest/graph';
import { attention, defineModel, normal, residual, rmsNorm } from '@palimpsest/layers';
import type { Layer, Scope } from '@palimpsest/layers';
import { expect, test } from 'vitest';
import { openTiny, randomTokens } from '../test/tiny-model.js';

/** The least recurrent layer: every token sees the sum of all up to it, through a matrix. */
function runningSum(scope: Scope, width: number): Layer {
  const weight = scope.parameter('weight', [width, width], { initialise: normal(0.1), role: 'matrix' });
  const sum = scope.state('sum', [width], 'fixed');
  return (x, { batch, prefix, keep }) => {
    const before = prefix === undefined ? undefined : prefix.read(sum);
    const own = reduceSum(x, { axes: [1] });
    keep(sum, before === undefined ? own : add(own, before));
    const sums = cumulativeSum(x, 1);
    return matMul(before === undefined ? sums : add(sums, reshape(before, [batch, 1, width])), weight);
  };
}

const width = 10;
const hybrid = defineModel({
  vocabularySize: 17, width, maximumLength: 40, visibility: causal, prediction: 'next', tiedHead: true,
  layers: (scope) => [
    residual(rmsNorm(scope.child('0.norm'), { width, epsilon: 1e-5 }), runningSum(scope.child(0), width)),
    residual(rmsNorm(scope.child('1.norm'), { width, epsilon: 1e-5 }), attention(scope.child(1), { width, heads: 3, keyHeads: 1, headSize: 4, rotary: { theta: 100 } })),
  ],
  finalNorm: (scope) => rmsNorm(scope, { width, epsilon: 1e-5 }),
});
const tokens = (count: number, seed: number): Int32Array => randomTokens(count, 17, seed);

test('a carried state of constant size: in pieces as at once, scores keep nothing, forks part, several contexts share passes', async () => {
  await using backbone = await openTiny(hybrid);
  const contexts = await Promise.all([0, 1, 2].map(() => backbone.open()));
  const texts = contexts.map((_, index) => tokens(12, index + 1));
  await Promise.all(contexts.map((context, index) => context.append!(texts[index]!.subarray(0, 3 + index), { give: 'logits' })));
  await Promise.all(contexts.map((context) => context.score(tokens(2, 9), { give: 'logits' })));
  const forks = await Promise.all(contexts.map((context) => context.fork!()));
  await Promise.all(forks.map((fork) => fork.append!(tokens(4, 8), { give: 'logits' })));
  await Promise.all(contexts.map((context, index) => context.append!(texts[index]!.subarray(3 + index, 6 + index), { give: 'logits' })));
  for (const [index, context] of contexts.entries()) {
    await using whole = await backbone.open();
    const { logits } = await whole.score(texts[index]!, { give: 'logits' });
    const { logits: rest } = await context.score(texts[index]!.subarray(6 + index), { give: 'logits' });
    const expected = logits.subarray((6 + index) * 17);
    expect(rest.length).toBe(expected.length);
    for (const [i, value] of rest.entries()) expect(value).toBeCloseTo(expected[i]!, 5);
  }
});

test('token by token as at once', async () => {
  await using backbone = await openTiny(hybrid);
  await using context = await backbone.open();
  const text = tokens(6, 5);
  const { logits } = await context.score(text, { give: 'logits' });
  for (const [index, token] of text.entries()) {
    const { logits: row } = await context.append!(Int32Array.of(token), { give: 'logits' });
    for (const [id, value] of row.entries()) expect(value).toBeCloseTo(logits[index * 17 + id]!, 5);
  }
});

test('what cannot be cut has no rewind and says by name what it is; its bytes do not grow with the tokens', async () => {
  await using backbone = await openTiny(hybrid);
  await using context = await backbone.open();
  expect([context.rewind, context.stateBytes]).toEqual([undefined, 0]);
  expect(backbone.cannotRewind).toBe('state model.layers.0.sum');
  await context.append!(tokens(3, 1), { give: 'logits' });
  const three = context.stateBytes;
  await context.append!(tokens(1, 1), { give: 'logits' });
  expect([three, context.stateBytes]).toEqual([4 * (width + 3 * 8), 4 * (width + 4 * 8)]);
});
