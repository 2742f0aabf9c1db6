import { describe, expect, test } from 'vitest';
import {
  add, argMax, attention, cast, causalConvolution, concat, cos, cumulativeSum, evaluate, everyNth, gather, input, less, linearAttention, matMul, multiply, pad, reduceMax,
  reduceSum, reference, reshape, reverse, rmsNormalization, rotaryEmbedding, scan, sin, slice, softmax, topK, transpose, where, writeOnnx,
} from '../src/index.js';
import type { DataType, Feeds, Reference, Value } from '../src/index.js';
import { randomReference, relativeDifference, uniforms } from '../src/testing/index.js';
import { runOnnx } from './onnx-runtime.js';

interface Sizes {
  readonly batch: number;
  readonly length: number;
  readonly prefix: number;
}

const ids = (shape: readonly number[], below: number, seed: number): Reference => {
  const next = uniforms(seed);
  return reference(shape, Array.from({ length: shape.reduce((count, size) => count * size, 1) }, () => Math.floor(next() * below)));
};
const x = input('x', ['batch', 'length', 6]);
const past = input('past', ['batch', 'prefix', 6]);
const tokens = input('tokens', ['batch', 'length'], 'int64');
const table = input('table', [11, 6]);
const feedsOf = ({ batch, length, prefix }: Sizes): Feeds => ({
  x: randomReference([batch, length, 6], 1),
  past: randomReference([batch, prefix, 6], 2),
  tokens: ids([batch, length], 11, 3),
  mask: randomReference([batch, 1, length, prefix + length], 6),
  angles: randomReference([batch, length, 1], 7),
  table: randomReference([11, 6], 4),
  state: randomReference([batch, 3, 2, 2], 8),
  taps: randomReference([6, 1, 4], 9),
  tail: randomReference([batch, 6, 3], 10),
});
const angles = input('angles', ['batch', 'length', 1]);

/** [batch, length, 6] -> [batch, 3, length, 2] */
const heads = (value: Value): Value => transpose(reshape(value, [...value.shape.slice(0, 2), 3, 2]), [0, 2, 1, 3]);
const joined = concat([past, x], 1);
const built: Readonly<Record<string, Value>> = {
  'reshape joins symbols': matMul(reshape(x, ['batch * length', 6]), table, { transposeRight: true }),
  'reshape joins symbols written the other way': reshape(x, ['length * batch', 2, 3]),
  'reshape keeps symbols': heads(x),
  'reshape from a sum of symbols': reshape(joined, ['batch', 'prefix + length', 3, 2]),
  'reshape multiplies a sum of symbols': reshape(joined, ['batch', '6 * prefix + 6 * length']),
  'concat of two symbols': joined,
  'concat of a symbol with itself': concat([x, x, x], 1),
  'attention over a prefix': attention(heads(x), heads(joined), heads(joined), undefined, 0.7),
  'attention with a mask': attention(heads(x), heads(joined), heads(joined), input('mask', ['batch', 1, 'length', 'prefix + length']), 0.7),
  'rotated heads': rotaryEmbedding(heads(x), cos(angles), sin(angles)),
  'broadcast of symbols': add(x, reduceSum(x, { axes: [0, 2], keepDimensions: true })),
  'batched product': matMul(x, x, { transposeRight: true }),
  'rows of a table': gather(table, tokens),
  'rows picked by the largest': gather(table, argMax(x, 1)),
  'pad of a symbol': pad(x, 1, 2, 1),
  'slice of a symbol': slice(x, 1, 0, 2),
  'a symbol backwards': reverse(x, 1),
  'a scan along a symbol': linearAttention({ query: x, key: x, value: x, decay: slice(x, 2, 0, 3), queryHeads: 3, heads: 3 }).output,
  'a scan after a prefix': linearAttention({ query: x, key: x, value: x, decay: x, past: input('state', ['batch', 3, 2, 2]), queryHeads: 3, heads: 3 }).state,
  'a convolution along a symbol': causalConvolution({ x: transpose(x, [0, 2, 1]), weight: input('taps', [6, 1, 4]), bias: input('weight', [6]), past: input('tail', ['batch', 6, 3]) }).tail,
  'every third along a symbol': everyNth(pad(x, 1, 1, 1), 1, 3),
  'every third of every second of a sum': everyNth(everyNth(joined, 1, 2), 1, 3),
  'turns along a symbol, batches of another': scan({
    carried: [slice(x, 1, 0, 1)], sequences: [everyNth(transpose(joined, [1, 0, 2]), 0, 2)], shared: [x, table],
    turn: ({ carried: [now], slices: [row], shared: [all, words] }) => {
      const next = multiply(add(now!, reshape(row!, ['batch', 1, 6])), 0.5);
      return { carried: [next], results: [matMul(add(all!, next), words!, { transposeRight: true })] };
    },
  }).results[0]!,
  'slice to the end of a symbol': slice(pad(x, 1, 1, 1), 1, 2),
  'sums along a symbol': cumulativeSum(x, 1, { reverse: true }),
  'largest along a symbol': reduceMax(x, { axes: [1] }),
  'largest three along a width': topK(x, 3).values,
  'softmax along a symbol': softmax(x, 1),
  norm: rmsNormalization(multiply(x, 3), input('weight', [6]), 1e-5),
  'mask from tokens': where(
    less(reshape(tokens, ['batch', 1, 'length', 1]), 5),
    0,
    reshape(cast(tokens, 'float32'), ['batch', 1, 1, 'length']),
  ),
};
const types: Readonly<Record<string, DataType>> = { tokens: 'int64' };

describe.each(['disabled', 'all'] as const)('one graph of symbolic sizes runs at several, optimisation %s', (optimization) => {
  test.each(Object.keys(built))('%s', async (name) => {
    const model = writeOnnx({ outputs: { y: built[name]! } });
    for (const sizes of [{ batch: 2, length: 3, prefix: 4 }, { batch: 1, length: 7, prefix: 0 }, { batch: 3, length: 2, prefix: 5 }]) {
      const feeds = { ...feedsOf(sizes), weight: randomReference([6], 5) };
      const { y } = await runOnnx(model, feeds, types, optimization);
      expect(relativeDifference(y!, evaluate([built[name]!], feeds)[0]!)).toBeLessThan(1e-5);
    }
  });
});

describe('sizes that disagree are named', () => {
  const both = add(reduceSum(x, { axes: [1, 2] }), reduceSum(past, { axes: [1, 2] }));
  test.each([
    [
      'two inputs',
      { x: randomReference([2, 3, 6], 1), past: randomReference([3, 1, 6], 2) },
      /^feed past, axis 0: expected 2 \(batch\); got 3\.$/,
    ],
    ['a known size', { x: randomReference([2, 3, 5], 1), past: randomReference([2, 1, 6], 2) }, /^feed x, axis 2: expected 6; got 5\.$/],
    [
      'rank',
      { x: randomReference([2, 6], 1), past: randomReference([2, 1, 6], 2) },
      /^feed x: expected \[batch, length, 6\]; got \[2, 6\]\.$/,
    ],
    ['an absent feed', { x: randomReference([2, 3, 6], 1) }, /^feed past: expected input \[batch, prefix, 6\]; got feeds x\.$/],
    [
      'too few numbers',
      { x: reference([2, 3, 6], [1, 2]), past: randomReference([2, 1, 6], 2) },
      /^feed x: expected 36 numbers for \[2, 3, 6\]; got 2\.$/,
    ],
  ])('%s', (_, feeds: Feeds, message) => {
    expect(() => evaluate([both], feeds)).toThrow(message);
  });

  test('a sum that does not add up', () => {
    const mask = add(reduceSum(input('mask', ['prefix + length'])), both);
    const feeds = { mask: randomReference([5], 3), x: randomReference([2, 3, 6], 1), past: randomReference([2, 1, 6], 2) };
    expect(() => evaluate([mask], feeds)).toThrow(/^feed mask, axis 0: expected 4 \(length \+ prefix\); got 5\.$/);
  });

  test('a slice that the size at run time does not have', () => {
    expect(() => evaluate([slice(x, 1, 1, 4)], { x: randomReference([2, 3, 6], 1) })).toThrow(
      /^slice: expected 0 <= start <= end <= 3; got 1 to 4 of axis 1 of \[2, 3, 6\]\.$/,
    );
  });

  test('two sizes that move at once cannot be written', () => {
    const split = reshape(input('flat', ['batch * length', 6]), ['batch', 'length', 6]);
    expect(() => writeOnnx({ outputs: { split } })).toThrow(
      /reshape: expected at most one symbolic size that moves.* got \[batch \* length, 6\] to \[batch, length, 6\]\. Keep symbolic sizes on their axes\.$/,
    );
  });
});
