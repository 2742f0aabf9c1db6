import { describe, expect, test } from 'vitest';
import {
  GraphError, absolute, add, and, apply, argMax, attention, blockMatMul, broadcastTo, causalAttention, causalConvolution, concat, constant, cos, cumulativeSum, deltaRule, divide, equal, erf, everyNth, exp,
  floor, gather, gatherElements, input, layerNormalization, less, lessOrEqual, linearAttention, log, logSoftmax, matMul, maximum, minimum, multiply,
  negate, not, or, pad, parameter, power, reciprocal, reduceMax, reduceMean, reduceSum, reshape, reverse, rmsNormalization, rotaryEmbedding,
  scan, scatterElements, sigmoid, sign, silu, sin, slice, softmax, softplus, split, sqrt, subtract, sumRmsNormalization, tanh, topK, transpose, where,
} from '../index.js';
import type { DeltaRuleOperands, LinearAttentionOperands, OpName, ScanOperands, Shape, Value } from '../index.js';

const floats = (...shape: Shape): Value => input('floats', shape);
const integers = (...shape: Shape): Value => input('integers', shape, 'int64');
const flags = (...shape: Shape): Value => input('flags', shape, 'bool');
type Illegal = readonly [() => unknown, RegExp];

const notFloat = (op: (x: Value) => Value, name: string): readonly Illegal[] => [
  [() => op(integers(2)), new RegExp(`^${name}: expected float32; got int64\\. Insert cast\\.$`)],
];
const mixed = (op: (a: Value, b: Value) => Value, name: string): Illegal => [
  () => op(floats(2), integers(2)),
  new RegExp(`^${name}: expected inputs of one type; got float32, int64\\. Insert cast\\.$`),
];
const unlike = (op: (a: Value, b: Value) => Value, name: string, of = floats): Illegal => [
  () => op(of(2, 3), of(4)),
  new RegExp(`^${name}: expected shapes that broadcast; got \\[2, 3\\] and \\[4\\]\\. Axis 1 differs\\.$`),
];
const offAxis = (op: (x: Value) => Value): Illegal => [() => op(floats(2, 3)), /^\w+: expected an axis of a value of rank 2; got 2\.$/];

/** Two query heads and two key heads of 3, six heads with values of 5; but for what is changed. */
const attend = (change: Partial<LinearAttentionOperands>): Value =>
  linearAttention({ query: floats(2, 7, 6), key: floats(2, 7, 6), value: floats(2, 7, 30), decay: floats(2, 7, 6), queryHeads: 2, heads: 6, ...change }).output;

/** Three heads with keys of 2 and values of 5; but for what is changed. */
const correct = (change: Partial<DeltaRuleOperands>): Value =>
  deltaRule({ query: floats(2, 7, 6), key: floats(2, 7, 6), value: floats(2, 7, 15), decay: floats(2, 7, 3), rate: floats(2, 7, 3), heads: 3, ...change }).output;

/** Four turns that carry three numbers on as they are; but for what is changed. */
const turns = (change: Partial<ScanOperands>): unknown =>
  scan({ carried: [floats(3)], sequences: [floats(4, 3)], turn: ({ carried, slices }) => ({ carried, results: slices }), ...change });

/** Uses of every operation that must not build, and what they are told. */
const illegal: { readonly [K in OpName]: readonly Illegal[] } = {
  add: [
    mixed(add, 'add'),
    unlike(add, 'add'),
    [() => add(flags(2), flags(2)), /^add: expected float32 or int64; got bool\./],
    [() => apply('add', [floats(2)], {}), /^add: expected 2 inputs; got 1\.$/],
  ],
  subtract: [mixed(subtract, 'subtract'), unlike(subtract, 'subtract')],
  multiply: [mixed(multiply, 'multiply'), unlike(multiply, 'multiply')],
  divide: [[() => divide(integers(2), 2), /^divide: expected float32; got int64\./], unlike(divide, 'divide')],
  power: [[() => power(integers(2), 2), /^power: expected float32; got int64\./], unlike(power, 'power')],
  maximum: [mixed(maximum, 'maximum'), unlike(maximum, 'maximum')],
  minimum: [mixed(minimum, 'minimum'), unlike(minimum, 'minimum')],
  negate: [[() => negate(flags(2)), /^negate: expected float32 or int64; got bool\. Insert cast\.$/]],
  absolute: notFloat(absolute, 'absolute'),
  sign: notFloat(sign, 'sign'),
  floor: notFloat(floor, 'floor'),
  exp: notFloat(exp, 'exp'),
  log: notFloat(log, 'log'),
  sqrt: notFloat(sqrt, 'sqrt'),
  reciprocal: notFloat(reciprocal, 'reciprocal'),
  sin: notFloat(sin, 'sin'),
  cos: notFloat(cos, 'cos'),
  erf: notFloat(erf, 'erf'),
  tanh: notFloat(tanh, 'tanh'),
  sigmoid: notFloat(sigmoid, 'sigmoid'),
  softplus: notFloat(softplus, 'softplus'),
  silu: notFloat(silu, 'silu'),
  equal: [mixed(equal, 'equal'), unlike(equal, 'equal')],
  less: [mixed(less, 'less'), unlike(less, 'less'), [() => less(flags(2), flags(2)), /^less: expected float32 or int64; got bool\./]],
  lessOrEqual: [mixed(lessOrEqual, 'lessOrEqual'), unlike(lessOrEqual, 'lessOrEqual')],
  and: [[() => and(floats(2), floats(2)), /^and: expected bool; got float32\. Insert cast\.$/], unlike(and, 'and', flags)],
  or: [[() => or(integers(2), integers(2)), /^or: expected bool; got int64\./], unlike(or, 'or', flags)],
  not: [[() => not(floats(2)), /^not: expected bool; got float32\./]],
  where: [
    [() => where(floats(2), 1, 0), /^where: condition: expected bool; got float32\./],
    [() => where(flags(2), floats(2), integers(2)), /^where: expected inputs of one type; got float32, int64\./],
    [() => where(flags(2), floats(3), 0), /^where: expected shapes that broadcast; got \[2\] and \[3\] and \[\]\./],
    [() => where(flags(2), flags(2), flags(2)), /^where: expected float32 or int64; got bool\./],
  ],
  cast: [[() => apply('cast', [], { to: 'bool' }), /^cast: expected 1 inputs; got 0\.$/]],
  matMul: [
    [
      () => matMul(floats(2, 3), floats(4, 5)),
      /^matMul: expected equal inner dimensions; got left \[2, 3\], right \[4, 5\]\. Transpose one side\?$/,
    ],
    [() => matMul(floats(2, 3), floats(3, 5), { transposeLeft: true }), /got left \[2, 3\] transposed, right \[3, 5\]\./],
    [() => matMul(floats(3), floats(3, 5)), /^matMul: expected operands of rank 2 or more; got \[3\] and \[3, 5\]\.$/],
    [() => matMul(floats(2, 4, 3), floats(5, 3, 4)), /^matMul: expected shapes that broadcast; got \[2\] and \[5\]\./],
    [() => matMul(floats('batch', 3), floats('length', 3), { transposeLeft: true }), /equal inner dimensions/],
    [() => matMul(integers(2, 3), integers(3, 2)), /^matMul: expected float32; got int64\./],
  ],
  blockMatMul: [
    [() => blockMatMul(floats(2, 40), input('packed', [3, 2, 16], 'uint8'), floats(3, 2), 8), /^blockMatMul: expected x .*numbers of 8 bits; got float32 \[2, 40\], uint8 \[3, 2, 16\], float32 \[3, 2\]\.$/],
    [() => blockMatMul(floats(2, 40), input('packed', [3, 1, 16], 'uint8'), floats(3, 1), 4), /^blockMatMul: expected/],
    [() => blockMatMul(floats(2, 40), input('packed', [3, 2, 16], 'uint8'), floats(4, 2), 4), /^blockMatMul: expected/],
    [() => blockMatMul(floats(2, 40), input('packed', [3, 3, 12], 'uint8'), floats(3, 3), 4), /power of 2/],
    [() => blockMatMul(floats(2, 40), floats(3, 2, 16), floats(3, 2), 4), /^blockMatMul: expected/],
    [() => blockMatMul(floats(2, 'inner'), input('packed', [3, 2, 16], 'uint8'), floats(3, 2), 4), /^blockMatMul: expected/],
  ],
  reduceSum: [
    [() => reduceSum(floats(2, 3), { axes: [2] }), /^reduction: expected an axis of a value of rank 2; got 2\.$/],
    [() => reduceSum(floats(2, 3), { axes: [1, -1] }), /^reduceSum: expected each axis once; got \[1, 1\]\.$/],
    [() => reduceSum(flags(2)), /^reduceSum: expected float32 or int64; got bool\./],
    [() => reduceMean(floats('batch', 3)), /^reduceMean: expected concrete sizes along the reduced axes; got \[batch, 3\]\.$/],
  ],
  reduceMax: [[() => reduceMax(flags(2)), /^reduceMax: expected float32 or int64; got bool\./]],
  argMax: [offAxis((x) => argMax(x, 2)), [() => argMax(flags(2), 0), /^argMax: expected float32 or int64; got bool\./]],
  topK: [
    [() => topK(floats(2, 3), 4), /^topK: expected 1 to 3 entries; got 4 of \[2, 3\]\.$/],
    [() => topK(floats(2, 3), 0), /got 0 of \[2, 3\]/],
    [() => topK(floats(2, 3), 1.5), /got 1\.5 of/],
    [() => topK(integers(2, 3), 1), /^topK: expected float32; got int64\./],
    [() => topK(floats(), 1), /^topK: expected .* got 1 of \[\]\.$/],
  ],
  cumulativeSum: [
    offAxis((x) => cumulativeSum(x, 2)),
    [() => cumulativeSum(flags(2), 0), /^cumulativeSum: expected float32 or int64; got bool\./],
  ],
  softmax: [
    offAxis((x) => softmax(x, 2)),
    [() => softmax(integers(2)), /^softmax: expected float32; got int64\./],
    [() => apply('softmax', [floats(2, 3)], { axis: -1 }), /^softmax: expected an axis from 0 to 1 of \[2, 3\]; got -1\.$/],
  ],
  logSoftmax: [offAxis((x) => logSoftmax(x, 2)), [() => logSoftmax(integers(2)), /^logSoftmax: expected float32; got int64\./]],
  reshape: [
    [() => reshape(floats(2, 3), [7]), /^reshape: expected the same number of elements; got \[2, 3\] to \[7\]\.$/],
    [() => reshape(floats('batch', 3), ['length', 3]), /\[batch, 3\] to \[length, 3\]/],
    [() => reshape(floats(2, 3), [-1, 3]), /^reshape to \[-1, 3\]: expected sizes that are integers from 0 on, or names; got -1\.$/],
  ],
  transpose: [
    [() => transpose(floats(2, 3), [0, 0]), /^transpose: expected a permutation of the 2 axes of \[2, 3\]; got \[0, 0\]\.$/],
    [() => transpose(floats(2, 3), [0]), /got \[0\]/],
  ],
  broadcastTo: [
    [() => broadcastTo(floats(2, 3), [4, 3]), /^broadcastTo: expected shapes that broadcast; got \[2, 3\] and \[4, 3\]\./],
    [() => broadcastTo(floats(2, 3), [3]), /^broadcastTo: expected a shape that \[2, 3\] stretches to; got \[3\]\.$/],
    [() => broadcastTo(floats(2, 3), [1, 3]), /^broadcastTo: expected a shape that \[2, 3\] stretches to; got \[1, 3\]\.$/],
  ],
  concat: [
    [
      () => concat([floats(2, 3), floats(3, 3)], 1),
      /^concat: expected shapes that differ only along axis 1, and one type; got float32 \[2, 3\], float32 \[3, 3\]\.$/,
    ],
    [() => concat([floats(2), integers(2)], 0), /got float32 \[2\], int64 \[2\]/],
    [() => concat([], 0), /^concat: expected at least one value; got none\.$/],
    offAxis((x) => concat([x, x], 2)),
  ],
  slice: [
    [() => slice(floats(2, 3), 1, 1, 4), /^slice: expected 0 <= start <= end <= 3; got 1 to 4 of axis 1 of \[2, 3\]\.$/],
    [() => slice(floats(2, 3), 1, -1, 2), /got -1 to 2/],
    [() => slice(floats(2, 3), 1, 2, 1), /got 2 to 1/],
  ],
  split: [
    [() => split(floats(2, 7), 1, [3, 3]), /^split: expected sizes that add up to 7; got 3 \+ 3\.$/],
    offAxis((x) => split(x, 2, [3])[0]!),
  ],
  reverse: [[() => reverse(floats(2, 3), 2), /^reverse: expected an axis of a value of rank 2; got 2\.$/]],
  pad: [
    [() => pad(floats(2), 0, -1, 2), /^pad: expected amounts from 0 on; got -1 before and 2 after axis 0\. Slice to shorten\.$/],
    [() => pad(flags(2), 0, 1, 0), /^pad: expected float32 or int64; got bool\./],
  ],
  gather: [
    offAxis((x) => gather(x, integers(2), 2)),
    [() => gather(floats(2), floats(2)), /^gather: expected int64 indices; got float32\. Insert cast\.$/],
  ],
  gatherElements: [
    [
      () => gatherElements(floats(2, 3), integers(4, 3), 1),
      /^gatherElements: expected indices shaped as the data but for axis 1; got data \[2, 3\], indices \[4, 3\]\.$/,
    ],
    [() => gatherElements(floats(2, 3), floats(2, 3), 1), /^gatherElements: expected int64 indices; got float32\./],
  ],
  scatterElements: [
    [() => scatterElements(integers(2), integers(2), 0, 3), /^scatterElements: expected float32; got int64\./],
    [
      () => scatterElements(floats(2, 3), integers(2, 4), 1, 5),
      /^scatterElements: expected indices shaped as the updates; got updates \[2, 3\], indices \[2, 4\]\.$/,
    ],
    [
      () => apply('scatterElements', [floats(2, 3), integers(2, 3), floats(2, 4)], { axis: 1, size: 5 }),
      /^scatterElements: expected \[2, 5\] to add to; got \[2, 4\]\.$/,
    ],
  ],
  rmsNormalization: [
    [
      () => rmsNormalization(floats(2, 3), floats(2), 1e-6),
      /^rmsNormalization: expected a vector of the last size of \[2, 3\]; got \[2\]\.$/,
    ],
    [() => rmsNormalization(floats(2, 3), floats(1, 3), 1e-6), /got \[1, 3\]/],
  ],
  sumRmsNormalization: [
    [() => sumRmsNormalization(floats(2, 3), floats(1, 3), floats(3), 1e-6), /^sumRmsNormalization: expected two values of one shape of rank 2 or 3; got \[2, 3\] and \[1, 3\]\.$/],
    [() => sumRmsNormalization(floats(3), floats(3), floats(3), 1e-6), /^sumRmsNormalization: expected two values of one shape of rank 2 or 3; got \[3\] and \[3\]\.$/],
    [() => sumRmsNormalization(floats(2, 3), floats(2, 3), floats(2), 1e-6), /^sumRmsNormalization: expected a vector of the last size of \[2, 3\]; got \[2\]\.$/],
    [() => sumRmsNormalization(floats(2, 3), integers(2, 3), floats(3), 1e-6), /^sumRmsNormalization: expected float32; got int64\./],
  ],
  layerNormalization: [
    [
      () => layerNormalization(floats(2, 3), floats(3), floats(1), 1e-6),
      /^layerNormalization: expected a vector of the last size of \[2, 3\]; got \[1\]\.$/,
    ],
  ],
  rotaryEmbedding: [
    [
      () => rotaryEmbedding(floats(2, 4, 5, 7), floats(2, 5, 3), floats(2, 5, 3)),
      /^rotaryEmbedding: expected x \[batch, heads, length, even size\], .* got \[2, 4, 5, 7\], \[2, 5, 3\], \[2, 5, 3\]\.$/,
    ],
    [() => rotaryEmbedding(floats(2, 4, 5, 6), floats(5, 3), floats(5, 3)), /got \[2, 4, 5, 6\], \[5, 3\]/],
    [() => rotaryEmbedding(floats(2, 5, 20), floats(2, 5, 3), floats(2, 5, 3)), /heads side by side in rows, .* got \[2, 5, 20\], \[2, 5, 3\]/],
    [() => rotaryEmbedding(floats(2, 5, 24), floats(2, 4, 3), floats(2, 4, 3)), /heads side by side in rows, .* got \[2, 5, 24\], \[2, 4, 3\]/],
  ],
  attention: [
    [
      () => attention(floats(2, 6, 3, 4), floats(2, 4, 5, 4), floats(2, 4, 5, 4), undefined, 1),
      /^attention: expected key heads that divide query heads; got/,
    ],
    [() => attention(floats(2, 6, 3, 4), floats(2, 2, 5, 7), floats(2, 2, 5, 7), undefined, 1), /expected query and key of one head size/],
    [
      () => attention(floats(2, 6, 3, 4), floats(2, 2, 5, 4), floats(2, 2, 6, 4), undefined, 1),
      /key and value of the same batch, heads and length/,
    ],
    [
      () => attention(floats(3, 6, 3, 4), floats(2, 2, 5, 4), floats(2, 2, 5, 4), undefined, 1),
      /^attention: expected query and key of one batch; got/,
    ],
    [() => attention(floats(6, 3, 4), floats(2, 5, 4), floats(2, 5, 4), undefined, 1), /query, key and value of rank 4/],
    [
      () => attention(floats(2, 3, 12), floats(2, 5, 6), floats(2, 5, 6), undefined, 1, { query: 5, key: 2 }),
      /^attention: expected \[batch, length, 5 heads · size\]; got \[2, 3, 12\]\.$/,
    ],
    [() => attention(floats(2, 3, 12), floats(2, 5, 6), floats(2, 5, 6), undefined, 1, { query: 4, key: 3 }), /expected query and key of one head size/],
    [
      () => attention(floats(2, 6, 3, 4), floats(2, 2, 5, 4), floats(2, 2, 5, 4), floats(2, 1, 1, 5), 1),
      /^attention: expected a mask \[\.\., 3, 5\] that stretches to \[2, 6, 3, 5\]; got .*, \[2, 1, 1, 5\]\.$/,
    ],
    [
      () => attention(floats(2, 6, 3, 4), floats(2, 2, 5, 4), floats(2, 2, 5, 4), floats(4, 3, 5), 1),
      /^attention: mask: expected shapes that broadcast/,
    ],
  ],
  causalAttention: [
    [() => causalAttention(floats(2, 5, 12), floats(2, 7, 8), floats(2, 7, 8), 1, { query: 3, key: 2 }), /^causalAttention: expected key heads that divide query heads; got/],
    [() => causalAttention(floats(2, 5, 12), floats(2, 7, 12), floats(2, 7, 12), 1, { query: 3, key: 3 }), /^causalAttention: expected as many keys as queries; got \[2, 5, 12\] and \[2, 7, 12\]\.$/],
    [() => causalAttention(floats(2, 5, 12), floats(2, 5, 9), floats(2, 5, 9), 1, { query: 3, key: 3 }), /^causalAttention: expected query and key of one head size; got/],
    [() => causalAttention(floats(2, 5, 11), floats(2, 5, 9), floats(2, 5, 9), 1, { query: 3, key: 3 }), /^causalAttention: expected \[batch, length, 3 heads · size\]; got \[2, 5, 11\]\.$/],
    [() => causalAttention(integers(2, 5, 9), floats(2, 5, 9), floats(2, 5, 9), 1, { query: 3, key: 3 }), /^causalAttention: expected float32; got int64\./],
    [() => apply('causalAttention', [floats(2, 5, 9), floats(2, 5, 9), floats(2, 5, 9), floats(5, 5)], { scale: 1, heads: { query: 3, key: 3 } }), /^causalAttention: expected 3 inputs; got 4\.$/],
  ],
  linearAttention: [
    [() => attend({ heads: 4 }), /^linearAttention: expected heads of one size; got .* for 2 query heads, 4 heads\.$/],
    [() => attend({ queryHeads: 4, query: floats(2, 7, 12) }), /expected query heads and key heads that divide the heads/],
    [() => attend({ key: floats(2, 7, 12) }), /expected query heads and key heads that divide the heads/],
    [() => attend({ value: floats(2, 5, 30) }), /expected one batch and one length/],
    [() => attend({ decay: floats(2, 7) }), /expected query, key, value and decay of rank 3/],
    [() => attend({ decay: floats(2, 7, 12) }), /expected a decay to a head or to an entry of its key: 6 or 18; got/],
    [() => attend({ past: floats(2, 6, 5, 3) }), /expected a past \[2, 6, 3, 5\]; got/],
    [() => attend({ key: integers(2, 7, 6) }), /^linearAttention: expected float32; got int64\./],
  ],
  deltaRule: [
    [() => correct({ heads: 4 }), /^deltaRule: expected query, key .*; got \[2, 7, 6\], .* for 4 heads\.$/],
    [() => correct({ key: floats(2, 7, 9) }), /^deltaRule: expected query, key/],
    [() => correct({ rate: floats(2, 7, 6) }), /^deltaRule: expected query, key/],
    [() => correct({ decay: floats(2, 5, 3) }), /^deltaRule: expected query, key/],
    [() => correct({ value: floats(7, 15) }), /^deltaRule: expected query, key/],
    [() => correct({ past: floats(2, 3, 5, 2) }), /^deltaRule: expected query, key/],
    [() => correct({ value: integers(2, 7, 15) }), /^deltaRule: expected float32; got int64\./],
  ],
  everyNth: [offAxis((x) => everyNth(x, 2, 2)), [() => everyNth(floats(2, 3), 0, 0), /^everyNth: expected a step of at least 1; got 0\.$/]],
  scan: [
    [() => turns({ sequences: [] }), /^scan: expected sequences with an axis of turns; got none\.$/],
    [() => turns({ sequences: [floats()] }), /^scan: expected sequences with an axis of turns; got \[\]\.$/],
    [() => turns({ sequences: [floats(4, 3), floats(5, 3)] }), /^scan: expected sequences of equally many turns; got \[4, 3\], \[5, 3\]\.$/],
    [() => turns({ turn: ({ slices }) => ({ carried: slices, results: [] }), sequences: [floats(4, 2)] }), /^scan: expected to be carried on float32 \[3\]; got float32 \[2\]\.$/],
    [() => turns({ turn: () => ({ carried: [floats(3)], results: [] }) }), /^scan: expected a turn that reads what it is given; got floats, float32 \[3\]\. Hand it over as shared\.$/],
    [() => turns({ carried: [integers(3)] }), /^scan: expected float32 to be carried; got int64\.$/],
  ],
  causalConvolution: [
    [() => causalConvolution({ x: floats(2, 3, 7), weight: floats(3, 4), bias: floats(3) }), /^causalConvolution: expected x .* got \[2, 3, 7\], \[3, 4\], \[3\]\.$/],
    [() => causalConvolution({ x: floats(2, 3, 7), weight: floats(3, 1, 1), bias: floats(3) }), /width > 1/],
    [() => causalConvolution({ x: floats(2, 3, 7), weight: floats(3, 1, 4), bias: floats(4) }), /bias \[channels\]/],
    [() => causalConvolution({ x: floats(2, 3, 7), weight: floats(3, 1, 4), bias: floats(3), past: floats(2, 4, 3) }), /got .*, \[2, 4, 3\]\.$/],
  ],
};

describe('an illegal use says where, what was expected and what came', () => {
  test.each(Object.entries(illegal).flatMap(([op, uses]) => uses.map(([build, message], i) => ({ title: `${op} ${i}`, build, message }))))(
    '$title',
    ({ build, message }) => {
      expect(build).toThrow(GraphError);
      expect(build).toThrow(message);
    },
  );
});

describe('leaves', () => {
  test.each<[string, () => unknown, RegExp]>([
    ['a constant with too few numbers', () => constant([2, 3], [1, 2]), /^constant: expected 6 numbers for \[2, 3\]; got 2\.$/],
    [
      'half an integer',
      () => constant([2], [1, 2.5], 'int64'),
      /^constant: expected numbers that int64 holds; got 2\.5\. Name another type\.$/,
    ],
    ['an integer beyond 2^53', () => constant([1], [2 ** 60], 'int64'), /numbers that int64 holds/],
    ['a half beside integers', () => add(integers(2), 0.5), /numbers that int64 holds; got 0\.5/],
    ['a flag of 2', () => constant([1], [2], 'bool'), /numbers that bool holds; got 2/],
    ['a negative size', () => input('x', [2, -1]), /^input x \[2, -1\]: expected sizes/],
    ['a broken size', () => parameter('w', [1.5]), /^parameter w \[1\.5\]: expected sizes/],
  ])('%s', (_, build, message) => { expect(build).toThrow(message); });

  test('an error has its parts as fields', () => {
    try {
      matMul(floats(2, 3), floats(4, 5));
    } catch (error) {
      expect(error).toBeInstanceOf(GraphError);
      expect({ ...(error as GraphError) }).toEqual({
        name: 'GraphError',
        where: 'matMul',
        expected: 'equal inner dimensions',
        got: 'left [2, 3], right [4, 5]',
        hint: 'Transpose one side?',
      });
    }
    expect.assertions(2);
  });
});
