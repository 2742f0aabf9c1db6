import { describe, test } from 'vitest';
import { expectGradients, expectNaive } from '../testing/layer-laws.js';
import type { LayerUnderTest } from '../testing/layer-laws.js';
import { layerNormNaive, rmsNormNaive } from './norm.naive.js';
import { layerNorm, rmsNorm } from './norm.js';

const width = 7;
const layers: readonly (LayerUnderTest & { readonly name: string })[] = [
  { name: 'RMS norm', width, create: (scope) => rmsNorm(scope, { width, epsilon: 1e-5 }), naive: (x, weights) => rmsNormNaive(x, weights['weight']!.data, 1e-5) },
  { name: 'RMS norm, an epsilon that counts', width, create: (scope) => rmsNorm(scope, { width, epsilon: 0.4 }), naive: (x, weights) => rmsNormNaive(x, weights['weight']!.data, 0.4) },
  { name: 'layer norm', width, create: (scope) => layerNorm(scope, { width, epsilon: 0.1 }), naive: (x, weights) => layerNormNaive(x, weights, 0.1) },
  { name: 'layer norm without bias', width, create: (scope) => layerNorm(scope, { width, epsilon: 1e-5, bias: false }), naive: (x, weights) => layerNormNaive(x, weights, 1e-5) },
];

describe.each(layers)('$name', (layer) => {
  test.each([1, 2, 3])('agrees with its naive twin, seed %i', (seed) => expectNaive(layer, { seed, batch: 2, length: 5 }));
  test('has the right gradients', () => expectGradients(layer, { seed: 4, batch: 2, length: 3 }));
});
