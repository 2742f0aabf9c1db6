import { bidirectional, blockCausal, causal } from '@palimpsest/backbone';
import type { Visibility } from '@palimpsest/backbone';
import { openScope } from '@palimpsest/layers';
import type { Scope } from '@palimpsest/layers';
import { expectGradients, expectNaive, expectNaiveAfterPrefix, expectNaiveBesideRows, expectPaddingHasNoEffect, linearNaive } from '@palimpsest/layers/testing';
import type { LayerUnderTest, Rows, Weights } from '@palimpsest/layers/testing';
import { describe, expect, test } from 'vitest';
import { plainValues } from '../reconstruction.js';
import { linearNaiveInner, mlpNaiveInner, normedResidualNaive, plainValuesNaive, tttNaive } from './ttt.naive.js';
import { tttLinear, tttMlp } from './ttt.js';
import type { TttConfig } from './ttt.js';

const plain: TttConfig = { width: 7, heads: 3, headSize: 4, miniBatch: 4, baseRate: 1, normEpsilon: 1e-3, rotary: { theta: 50 } };
const shared: TttConfig = { ...plain, width: 5, heads: 2, headSize: 4, miniBatch: 3, baseRate: 3, normEpsilon: 0.02, sharedProjection: { kernel: 4 }, gate: true };
const { rotary: _rotary, ...unturned } = shared;
const linear = (config: TttConfig, visibility: Visibility = causal): LayerUnderTest => ({
  width: config.width, visibility, create: (scope) => tttLinear(scope, config),
  naive: (x, weights) => tttNaive(x, weights, config, { inner: linearNaiveInner, reconstruction: config.reconstruction === undefined ? normedResidualNaive(config.normEpsilon) : plainValuesNaive, visibility }),
});
const mlp = (config: TttConfig, visibility: Visibility = causal): LayerUnderTest => ({
  width: config.width, visibility, create: (scope) => tttMlp(scope, config),
  naive: (x, weights) => tttNaive(x, weights, config, { inner: mlpNaiveInner, reconstruction: normedResidualNaive(config.normEpsilon), visibility }),
});

describe.each<[string, typeof linear, TttConfig]>([
  ['TTT-Linear', linear, plain],
  ['TTT-Linear, queries and keys from one projection, with a gate', linear, shared],
  ['TTT-Linear that learns values, mini-batches of 2', linear, { ...plain, miniBatch: 2, reconstruction: plainValues }],
  ['TTT-MLP', mlp, { ...plain, heads: 2, miniBatch: 3, baseRate: 0.5, normEpsilon: 0.02 }],
  ['TTT-MLP, queries and keys from one projection, with a gate', mlp, { ...unturned, headSize: 3, baseRate: 0.5, normEpsilon: 0.1 }],
])('%s', (_, make, config) => {
  const layer = make(config);
  test('agrees with its naive twin: whole mini-batches, parts of them, less than one', () => {
    for (const [seed, length] of [[1, 12], [2, 7], [3, 1], [4, 2]] as const) expectNaive(layer, { seed, batch: 2, length });
    for (const length of [12, 7, 1]) expectNaive(layer, { seed: 5, batch: 3, length, named: true });
  });
  test('after prefixes of different lengths, one of them empty: agrees with its naive twin over the whole', () => {
    expectNaiveAfterPrefix(layer, { seed: 6, cuts: [4, 0, 9, 1], length: 7 });
    expectNaiveAfterPrefix(layer, { seed: 7, cuts: [3, 2, 11], length: 2 });
    expectNaiveAfterPrefix(layer, { seed: 8, cuts: [7, 3, 6, 0, 2], length: 1 });
  });
  test('token by token beside weights that lag, over ends of mini-batches with and without room for more rows: agrees with its naive twin over the whole', () => {
    expectNaiveBesideRows(layer, { seed: 20, cuts: [3, 1, 6], rows: 7, singles: 16, length: 5 });
    expectNaiveBesideRows(layer, { seed: 21, cuts: [2, 5], rows: 3, singles: 7, length: 1 });
  });
  test('has the right gradients, through the steps of the inner model', () => {
    expectGradients(layer, { seed: 9, batch: 2, length: 7 });
  });
  test('after a prefix: has the right gradients, of the incoming state too', () => {
    expectGradients(layer, { seed: 10, batch: 2, length: 5, prefix: 2 });
    expectGradients(layer, { seed: 11, batch: 2, length: 1, prefix: 12 });
  });
  test('what fills a row up leaves no trace', () => expectPaddingHasNoEffect(layer, { seed: 12, real: [5, 7, 1, 2], length: 7 }));

  describe.each(['shared', 'separate'] as const)('both ways, backward weights %s', (backward) => {
    const both = (visibility: Visibility): LayerUnderTest => make({ ...config, backward }, visibility);
    test.each([causal, bidirectional, blockCausal(3), blockCausal(5)])('$name: agrees with its naive twin', (visibility) => {
      for (const [seed, length] of [[20, 10], [21, 7], [22, 1]] as const) expectNaive(both(visibility), { seed, batch: 2, length });
      for (const length of [9, 1]) expectNaive(both(visibility), { seed: 24, batch: 3, length, named: true });
    });
    test('has the right gradients', () => {
      for (const visibility of backward === 'shared' ? [blockCausal(5)] : [bidirectional, blockCausal(3)]) expectGradients(both(visibility), { seed: 25, batch: 2, length: 6 });
    });
    test('after prefixes of different lengths, one of them empty: agrees with its naive twin over the whole', () => {
      expectNaiveAfterPrefix(both(blockCausal(3)), { seed: 30, cuts: [6, 0, 3], length: 5 });
      expectNaiveAfterPrefix(both(blockCausal(5)), { seed: 31, cuts: [5, 15], length: 10 });
      expectNaiveAfterPrefix(both(blockCausal(4)), { seed: 32, cuts: [4, 8], length: 1 });
    });
    // at most seeds some place in a mini-batch reads nothing of the gradients so far, and they have no gradient
    test('after a prefix: has the right gradients, of the incoming state too', () => expectGradients(both(blockCausal(2)), { seed: 16, batch: 2, length: 5, prefix: 2 }));
    test('what fills a row up leaves no trace', () => {
      for (const visibility of [bidirectional, blockCausal(3), blockCausal(5)]) expectPaddingHasNoEffect(both(visibility), { seed: 34, real: [4, 1, 7], length: 7 });
    });
  });
});

test('the learner backwards stays within its block: later blocks change nothing, later tokens of the own do', () => {
  const layer = linear({ ...plain, backward: 'separate' }, blockCausal(5));
  expect(() => expectNaive({ ...layer, naive: linear({ ...plain, backward: 'separate' }, bidirectional).naive }, { seed: 35, batch: 2, length: 7 })).toThrow('expectNaive');
  expect(() => expectNaive({ ...layer, naive: linear({ ...plain, backward: 'separate' }).naive }, { seed: 35, batch: 2, length: 7 })).toThrow('expectNaive');
});

describe('with mini-batches of one token that learn values, without rotations', () => {
  const { rotary: _, ...own }: TttConfig = { ...plain, miniBatch: 1, reconstruction: plainValues };

  /** S += step · kᵀ (v - k S), then y = q S: Yang et al. 2024, arXiv:2406.06484, equation 2, where S begins as W1 and b1, and keys and queries end with a one. */
  function deltaRule(x: Rows, weights: Weights): Rows {
    const { heads, headSize } = own;
    const [queries, keys, values] = ['q_proj', 'k_proj', 'v_proj'].map((name) => linearNaive(x, weights, name)) as [Rows, Rows, Rows];
    const number = (name: string, at: number): number => weights[name]!.data[at]!;
    const answers = x.map((): number[] => []);
    for (let head = 0; head < heads; head++) {
      const of = (row: readonly number[]): number[] => row.slice(head * headSize, (head + 1) * headSize);
      const state = Array.from({ length: headSize + 1 }, (_row, i) => Array.from({ length: headSize }, (_column, j) =>
        (i === headSize ? number('b1', head * headSize + j) : number('W1', (head * headSize + i) * headSize + j))));
      const read = (y: readonly number[]): number[] => Array.from({ length: headSize }, (_column, j) => y.reduce((sum, value, i) => sum + value * state[i]![j]!, 0));
      for (const [t, row] of x.entries()) {
        const logit = row.reduce((sum, value, i) => sum + value * number('learnable_ttt_lr_weight', head * own.width + i), number('learnable_ttt_lr_bias', head));
        const step = (Math.max(1 + number('learnable_token_idx', 0), 0) * own.baseRate) / headSize / (1 + Math.exp(-logit));
        const key = [...of(keys[t]!), 1];
        const told = read(key);
        const value = of(values[t]!);
        for (const [i, line] of state.entries()) for (let j = 0; j < headSize; j++) line[j]! += step * key[i]! * (value[j]! - told[j]!);
        answers[t]!.push(...read([...of(queries[t]!), 1]));
      }
    }
    const normal = answers.map((row) => {
      const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
      const deviation = Math.sqrt(row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length + own.normEpsilon);
      return row.map((value, i) => ((value - mean) / deviation) * number('post_norm.weight', i) + number('post_norm.bias', i));
    });
    return linearNaive(normal, weights, 'o_proj');
  }

  const layer: LayerUnderTest = { ...linear(own), naive: deltaRule };
  test('it is the delta rule', () => {
    for (const seed of [13, 14, 15]) expectNaive(layer, { seed, batch: 2, length: 6 });
    expectNaiveAfterPrefix(layer, { seed: 16, cuts: [3, 1], length: 4 });
    expectNaiveBesideRows(layer, { seed: 17, cuts: [3, 1], rows: 4, singles: 6, length: 2 });
  });
  test('with mini-batches of two it is not', () => {
    const other = { ...layer, create: (scope: Scope) => tttLinear(scope, { ...own, miniBatch: 2 }) };
    expect(() => expectNaive(other, { seed: 13, batch: 2, length: 6 })).toThrow('expectNaive');
    expect(() => expectNaiveBesideRows(other, { seed: 17, cuts: [3, 1], rows: 4, singles: 6, length: 2 })).toThrow('expectNaiveBesideRows');
  });
});

test.each<[string, Partial<TttConfig>, string]>([
  ['mini-batches of nothing', { miniBatch: 0 }, 'ttt m: expected a mini-batch of at least one token; got 0.'],
  ['heads of odd size that are to be rotated', { headSize: 3 }, 'ttt m: expected heads of an even size, half of it for each part of a rotation; got 3.'],
  ['a convolution over one token', { sharedProjection: { kernel: 1 } }, 'ttt m: expected a convolution over at least 2 tokens; got 1.'],
])('%s are refused', (_, change, message) => {
  expect(() => tttLinear(openScope().scope.child('m'), { ...plain, ...change })).toThrow(message);
});

test('tokens that see later ones need a learner backwards', () => {
  expect(() => expectNaive(linear(plain, bidirectional), { seed: 1, batch: 1, length: 2 })).toThrow("expected causal visibility; got bidirectional. Give the layer a learner that goes backwards: backward: 'separate'.");
});
