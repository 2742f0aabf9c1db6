import { test } from 'vitest';
import { expectGradients, expectNaive } from '../testing/layer-laws.js';
import type { LayerUnderTest } from '../testing/layer-laws.js';
import { gatedMlp } from './gated-mlp.js';
import { gatedMlpNaive } from './gated-mlp.naive.js';

const layer: LayerUnderTest = { width: 6, create: (scope) => gatedMlp(scope, { width: 6, hidden: 11 }), naive: gatedMlpNaive };

test.each([1, 2, 3])('agrees with its naive twin, seed %i', (seed) => expectNaive(layer, { seed, batch: 3, length: 4 }));
test('has the right gradients', () => expectGradients(layer, { seed: 4, batch: 2, length: 3 }));
