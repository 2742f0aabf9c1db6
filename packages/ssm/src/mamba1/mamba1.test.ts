import { testScans } from '../../test/scans.js';
import { mamba1 } from './mamba1.js';
import type { Mamba1Config } from './mamba1.js';
import { mamba1Naive } from './mamba1.naive.js';

const plain: Mamba1Config = { width: 7, inner: 6, stateSize: 5, stepRank: 2, kernel: 4 };
const configs: readonly (readonly [string, Mamba1Config])[] = [
  ['as published', plain],
  ['norms without weights', { ...plain, inner: 5, stateSize: 3, kernel: 3, plainNorms: { epsilon: 0.02 } }],
];
testScans(configs, (config, visibility) => ({
  width: config.width, visibility, create: (scope) => mamba1(scope, config), naive: (x, weights) => mamba1Naive(x, weights, config, visibility),
}));
