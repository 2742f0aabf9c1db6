export { expectGradients, expectNaive, expectNaiveAfterPrefix, expectNaiveBesideRows, expectPaddingHasNoEffect } from './layer-laws.js';
export type { LayerUnderTest } from './layer-laws.js';
export { linearNaive } from '../linear/linear.naive.js';
export type { Rows, Weights } from '../linear/linear.naive.js';
