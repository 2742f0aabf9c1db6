import { bidirectional, blockCausal, causal } from '@palimpsest/backbone';
import type { Visibility } from '@palimpsest/backbone';
import { openScope } from '@palimpsest/layers';
import { expectGradients, expectNaive, expectNaiveAfterPrefix, expectPaddingHasNoEffect } from '@palimpsest/layers/testing';
import type { LayerUnderTest } from '@palimpsest/layers/testing';
import { describe, expect, test } from 'vitest';
import { mamba2 } from './mamba2.js';
import type { Mamba2Config } from './mamba2.js';
import { mamba2Naive } from './mamba2.naive.js';

const plain: Mamba2Config = { width: 7, heads: 3, headSize: 2, stateSize: 5, groups: 1, normGroups: 1, normEpsilon: 1e-5, kernel: 4 };
const configs: readonly (readonly [string, Mamba2Config])[] = [
  ['one group', plain],
  ['two groups, normed each', { ...plain, heads: 4, groups: 2, normGroups: 2, normEpsilon: 0.02, kernel: 3 }],
  ['three groups of two heads, normed together, steps limited', { ...plain, heads: 6, headSize: 3, groups: 3, stepLimits: { least: 0.5, most: 0.9 } }],
];
const underTest = (config: Mamba2Config, visibility: Visibility): LayerUnderTest => ({
  width: config.width, visibility, create: (scope) => mamba2(scope, config), naive: (x, weights) => mamba2Naive(x, weights, config, visibility),
});

describe.each(configs)('%s', (_, config) => {
  const ways = [
    { title: 'causal', layer: underTest(config, causal) },
    ...(['shared', 'separate'] as const).flatMap((backward) => [causal, bidirectional, blockCausal(3), blockCausal(5)].map((visibility) =>
      ({ title: `${visibility.name}, backward weights ${backward}`, layer: underTest({ ...config, backward }, visibility) }))),
  ];
  test.each(ways)('$title: agrees with its naive twin', ({ layer }) => {
    for (const seed of [1, 2]) expectNaive(layer, { seed, batch: 2, length: 7 });
    expectNaive(layer, { seed: 3, batch: 3, length: 1 });
  });
  const moving = ways.filter(({ title }) => title !== 'causal, backward weights separate'); // where a scan backwards has nothing to decay
  test.each(moving)('$title: has the right gradients', ({ layer }) => expectGradients(layer, { seed: 4, batch: 2, length: 5 }));
  test('after prefixes of different lengths, one of them empty: agrees with its naive twin over the whole', () => {
    expectNaiveAfterPrefix(underTest(config, causal), { seed: 5, cuts: [4, 0, 9, 1], length: 5 });
    expectNaiveAfterPrefix(underTest(config, causal), { seed: 6, cuts: [7, 2], length: 1 });
    for (const backward of ['shared', 'separate'] as const) {
      expectNaiveAfterPrefix(underTest({ ...config, backward }, blockCausal(3)), { seed: 7, cuts: [6, 0, 3], length: 5 });
      expectNaiveAfterPrefix(underTest({ ...config, backward }, blockCausal(4)), { seed: 8, cuts: [4, 8], length: 4 });
    }
  });
  test('after a prefix: has the right gradients, of the incoming state too', () => {
    expectGradients(underTest(config, causal), { seed: 9, batch: 2, length: 4, prefix: 3 });
    expectGradients(underTest({ ...config, backward: 'separate' }, blockCausal(3)), { seed: 10, batch: 2, length: 4, prefix: 3 });
  });
  test('what fills a row up leaves no trace', () => {
    expectPaddingHasNoEffect(underTest(config, causal), { seed: 11, real: [5, 7, 1, 2], length: 7 });
    for (const visibility of [bidirectional, blockCausal(3)]) expectPaddingHasNoEffect(underTest({ ...config, backward: 'separate' }, visibility), { seed: 12, real: [4, 1, 6], length: 6 });
  });
});

test.each<[string, Partial<Mamba2Config>, string]>([
  ['groups', { heads: 3, groups: 2 }, 'mamba2 m: expected groups that divide the 3 heads; got 2.'],
  ['norm groups', { normGroups: 4 }, 'mamba2 m: expected norm groups that divide the inner width, 6; got 4.'],
])('%s that do not divide are refused', (_, change, message) => {
  expect(() => mamba2(openScope().scope.child('m'), { ...plain, ...change })).toThrow(message);
});

test('tokens that see later ones need a backward scan', () => {
  expect(() => expectNaive(underTest(plain, bidirectional), { seed: 1, batch: 1, length: 2 })).toThrow("expected causal visibility; got bidirectional. Give the layer a backward scan: backward: 'separate'.");
});
