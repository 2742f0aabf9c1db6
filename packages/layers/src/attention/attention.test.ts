import { bidirectional, blockCausal, causal } from '@palimpsest/backbone';
import type { Visibility } from '@palimpsest/backbone';
import { describe, test } from 'vitest';
import { expectGradients, expectNaive, expectNaiveAfterPrefix } from '../testing/layer-laws.js';
import type { LayerUnderTest } from '../testing/layer-laws.js';
import { attention } from './attention.js';
import type { AttentionConfig } from './attention.js';
import { attentionNaive } from './attention.naive.js';

const plain: AttentionConfig = { width: 10, heads: 3, keyHeads: 3, headSize: 4 };
const configs: readonly (readonly [string, AttentionConfig])[] = [
  ['plain', plain],
  ['rotary', { ...plain, rotary: { theta: 70 } }],
  ['grouped queries, rotary', { ...plain, heads: 6, keyHeads: 2, rotary: { theta: 10_000 } }],
  ['one key head, norms, rotary', { ...plain, keyHeads: 1, queryKeyNorm: { epsilon: 0.02 }, rotary: { theta: 70 } }],
  ['grouped queries, biases, norms', { ...plain, heads: 4, keyHeads: 2, queryKeyNorm: { epsilon: 1e-6 }, queryKeyValueBias: true, outputBias: true }],
];
const underTest = (config: AttentionConfig, visibility: Visibility): LayerUnderTest => ({
  width: config.width, visibility, create: (scope) => attention(scope, config), naive: (x, weights) => attentionNaive(x, weights, config, visibility),
});

describe.each(configs)('%s', (_, config) => {
  test.each([causal, bidirectional, blockCausal(3)])('$name: agrees with its naive twin', (visibility) => {
    for (const seed of [1, 2]) expectNaive(underTest(config, visibility), { seed, batch: 2, length: 7 });
    expectNaive(underTest(config, visibility), { seed: 3, batch: 3, length: 1 });
    expectNaive(underTest(config, visibility), { seed: 4, batch: 2, length: 7, named: true });
  });
  test('after prefixes of different lengths, one of them empty: agrees with its naive twin over the whole', () => {
    expectNaiveAfterPrefix(underTest(config, causal), { seed: 5, cuts: [4, 0, 9], length: 5 });
    expectNaiveAfterPrefix(underTest(config, causal), { seed: 6, cuts: [7, 1], length: 1 });
    expectNaiveAfterPrefix(underTest(config, blockCausal(3)), { seed: 7, cuts: [6, 0, 3], length: 5 });
    expectNaiveAfterPrefix(underTest(config, blockCausal(4)), { seed: 8, cuts: [4, 8], length: 4 });
  });
});

test.each(configs)('%s: has the right gradients', (_, config) => expectGradients(underTest(config, blockCausal(2)), { seed: 9, batch: 2, length: 5 }));
