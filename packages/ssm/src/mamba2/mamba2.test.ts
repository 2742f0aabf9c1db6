import { openScope } from '@palimpsest/layers';
import { expect, test } from 'vitest';
import { testScans } from '../../test/scans.js';
import { mamba2 } from './mamba2.js';
import type { Mamba2Config } from './mamba2.js';
import { mamba2Naive } from './mamba2.naive.js';

const plain: Mamba2Config = { width: 7, heads: 3, headSize: 2, stateSize: 5, groups: 1, normGroups: 1, normEpsilon: 1e-5, kernel: 4 };
const configs: readonly (readonly [string, Mamba2Config])[] = [
  ['one group', plain],
  ['two groups, normed each', { ...plain, heads: 4, groups: 2, normGroups: 2, normEpsilon: 0.02, kernel: 3 }],
  ['three groups of two heads, normed together, steps limited', { ...plain, heads: 6, headSize: 3, groups: 3, stepLimits: { least: 0.5, most: 0.9 } }],
];
testScans(configs, (config, visibility) => ({
  width: config.width, visibility, create: (scope) => mamba2(scope, config), naive: (x, weights) => mamba2Naive(x, weights, config, visibility),
}));

test.each<[string, Partial<Mamba2Config>, string]>([
  ['groups', { heads: 3, groups: 2 }, 'mamba2 m: expected groups that divide the 3 heads; got 2.'],
  ['norm groups', { normGroups: 4 }, 'mamba2 m: expected norm groups that divide the inner width, 6; got 4.'],
])('%s that do not divide are refused', (_, change, message) => {
  expect(() => mamba2(openScope().scope.child('m'), { ...plain, ...change })).toThrow(message);
});
