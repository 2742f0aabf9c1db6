import { apply, applyAll, scalar } from './build.js';
import { GraphError } from './error.js';
import { multiplyDimensions } from './dimension.js';
import { concreteShape, normalizeAxis, normalizeShape, sameShape, showShape } from './shape.js';
import type { HeadCounts } from './ops/attributes.js';
import type { Shape } from './shape.js';
import type { DataType, Value } from './value.js';

/** A number stands for a scalar of the other operand's type. */
export type Operand = Value | number;

const lift = (operand: Operand, like: Operand): Value =>
  typeof operand === 'number' ? scalar(operand, typeof like === 'number' ? 'float32' : like.type) : operand;

type BinaryName =
  'add' | 'subtract' | 'multiply' | 'divide' | 'power' | 'maximum' | 'minimum' | 'equal' | 'less' | 'lessOrEqual' | 'and' | 'or';
const binary = (op: BinaryName) => (left: Operand, right: Operand): Value =>
  apply(op, [lift(left, right), lift(right, left)], {});
export const add: (left: Operand, right: Operand) => Value = binary('add');
export const subtract: (left: Operand, right: Operand) => Value = binary('subtract');
export const multiply: (left: Operand, right: Operand) => Value = binary('multiply');
export const divide: (left: Operand, right: Operand) => Value = binary('divide');
export const power: (left: Operand, right: Operand) => Value = binary('power');
export const maximum: (left: Operand, right: Operand) => Value = binary('maximum');
export const minimum: (left: Operand, right: Operand) => Value = binary('minimum');
export const equal: (left: Operand, right: Operand) => Value = binary('equal');
export const less: (left: Operand, right: Operand) => Value = binary('less');
export const lessOrEqual: (left: Operand, right: Operand) => Value = binary('lessOrEqual');
export const and: (left: Operand, right: Operand) => Value = binary('and');
export const or: (left: Operand, right: Operand) => Value = binary('or');

type UnaryName =
  | 'negate' | 'absolute' | 'sign' | 'floor' | 'exp' | 'log' | 'sqrt' | 'reciprocal' | 'sin' | 'cos' | 'erf' | 'tanh' | 'sigmoid'
  | 'softplus' | 'silu' | 'not';
const unary = (op: UnaryName) => (x: Value): Value => apply(op, [x], {});
export const negate: (x: Value) => Value = unary('negate');
export const absolute: (x: Value) => Value = unary('absolute');
export const sign: (x: Value) => Value = unary('sign');
export const floor: (x: Value) => Value = unary('floor');
export const exp: (x: Value) => Value = unary('exp');
export const log: (x: Value) => Value = unary('log');
export const sqrt: (x: Value) => Value = unary('sqrt');
export const reciprocal: (x: Value) => Value = unary('reciprocal');
export const sin: (x: Value) => Value = unary('sin');
export const cos: (x: Value) => Value = unary('cos');
export const erf: (x: Value) => Value = unary('erf');
export const tanh: (x: Value) => Value = unary('tanh');
export const sigmoid: (x: Value) => Value = unary('sigmoid');
export const softplus: (x: Value) => Value = unary('softplus');
/** x · sigmoid(x) (Elfwing et al. 2017, arXiv:1702.03118). */
export const silu: (x: Value) => Value = unary('silu');
export const not: (x: Value) => Value = unary('not');

export const where = (condition: Value, yes: Operand, no: Operand): Value => apply('where', [condition, lift(yes, no), lift(no, yes)], {});
export const cast = (x: Value, to: DataType): Value => (x.type === to ? x : apply('cast', [x], { to }));

/** Batched matrix product of the last two axes, either side transposed first; earlier axes broadcast. */
export const matMul = (
  left: Value,
  right: Value,
  { transposeLeft = false, transposeRight = false }: { readonly transposeLeft?: boolean; readonly transposeRight?: boolean } = {},
): Value => apply('matMul', [left, right], { transposeLeft, transposeRight });

/**
 * x Wᵀ with a matrix [rows, inner] in blocks: so many entries of a row are whole numbers of `bits` bits times one scale. `packed` [rows, blocks, bytes] holds
 * them 8 or 128 above their value, two to a byte with the first in its lower half where they have 4 bits; `scales` is [rows, blocks]. ONNX Runtime
 * rounds x as well where the matrix is a constant: to whole numbers up to 127 with a scale to a block.
 */
export const blockMatMul = (x: Value, packed: Value, scales: Value, bits: 4 | 8): Value => apply('blockMatMul', [x, packed, scales], { bits });

export interface ReductionOptions {
  readonly axes?: readonly number[];
  readonly keepDimensions?: boolean;
}
const allAxes = (x: Value): readonly number[] => x.shape.map((_, axis) => axis);
const reduction = (
  x: Value,
  { axes = allAxes(x), keepDimensions = false }: ReductionOptions,
): { axes: readonly number[]; keepDimensions: boolean } => ({
  axes: axes.map((axis) => normalizeAxis('reduction', axis, x.shape.length)).sort((a, b) => a - b),
  keepDimensions,
});

/** Sums over `axes` (all of them when absent). */
export const reduceSum = (x: Value, options: ReductionOptions = {}): Value => apply('reduceSum', [x], reduction(x, options));
export const reduceMax = (x: Value, options: ReductionOptions = {}): Value => apply('reduceMax', [x], reduction(x, options));
export function reduceMean(x: Value, options: ReductionOptions = {}): Value {
  const { axes } = reduction(x, options);
  const count = axes.reduce((product, axis) => {
    const size = x.shape[axis]!;
    if (typeof size !== 'number') {
      throw new GraphError({ where: 'reduceMean', expected: 'concrete sizes along the reduced axes', got: showShape(x.shape) });
    }
    return product * size;
  }, 1);
  return multiply(reduceSum(x, options), 1 / count);
}
/** ln of the sum of exponentials along the last axis, [.., n] -> [..]; the largest entry is taken out first. */
export function logSumExp(x: Value): Value {
  const largest = reduceMax(x, { axes: [-1], keepDimensions: true });
  const others = log(reduceSum(exp(subtract(x, largest)), { axes: [-1] }));
  return add(others, reshape(largest, others.shape));
}
/** Index of the largest entry; the lower one wins a tie. */
export const argMax = (x: Value, axis: number): Value => apply('argMax', [x], { axis: normalizeAxis('argMax', axis, x.shape.length) });
/** The `count` largest entries along the last axis, descending; ties go to the lower index. */
export function topK(x: Value, count: number): { readonly values: Value; readonly indices: Value } {
  const [values, indices] = applyAll('topK', [x], { count });
  return { values: values!, indices: indices! };
}
export const cumulativeSum = (
  x: Value,
  axis: number,
  { exclusive = false, reverse = false }: { readonly exclusive?: boolean; readonly reverse?: boolean } = {},
): Value => apply('cumulativeSum', [x], { axis: normalizeAxis('cumulativeSum', axis, x.shape.length), exclusive, reverse });
export const softmax = (x: Value, axis = -1): Value => apply('softmax', [x], { axis: normalizeAxis('softmax', axis, x.shape.length) });
export const logSoftmax = (x: Value, axis = -1): Value =>
  apply('logSoftmax', [x], { axis: normalizeAxis('logSoftmax', axis, x.shape.length) });

/** A reshape of a reshape is one, where ONNX can say it: an operator that moves nothing still takes its time. */
export function reshape(x: Value, shape: Shape): Value {
  const named = shape.filter((size) => typeof size === 'string').length;
  const source = x.origin.kind === 'operation' && x.origin.node.op === 'reshape' && named < 2 ? x.origin.node.inputs[0]! : x;
  return sameShape(source.shape, normalizeShape('reshape to', shape)) ? source : apply('reshape', [source], { shape });
}
export const transpose = (x: Value, permutation: readonly number[]): Value =>
  permutation.length === x.shape.length && permutation.every((axis, i) => axis === i) ? x : apply('transpose', [x], { permutation });
export const broadcastTo = (x: Value, shape: readonly number[]): Value =>
  sameShape(x.shape, shape) ? x : apply('broadcastTo', [x], { shape });
export function concat(values: readonly Value[], axis: number): Value {
  const [first, ...others] = values;
  if (first === undefined) throw new GraphError({ where: 'concat', expected: 'at least one value', got: 'none' });
  return others.length === 0 ? first : apply('concat', values, { axis: normalizeAxis('concat', axis, first.shape.length) });
}
/** Entries `start` up to, not including, `end` along `axis`; up to the last where `end` is absent. */
export function slice(x: Value, axis: number, start: number, end?: number): Value {
  const along = normalizeAxis('slice', axis, x.shape.length);
  const size = x.shape[along]!;
  return apply('slice', [x], { axis: along, start, end: end ?? (typeof size === 'number' ? size : Infinity) });
}
/** The last entry along `axis` first. */
export const reverse = (x: Value, axis: number): Value => apply('reverse', [x], { axis: normalizeAxis('reverse', axis, x.shape.length) });
/** Entries 0, step, 2 · step, .. along `axis`. */
export const everyNth = (x: Value, axis: number, step: number): Value =>
  step === 1 ? x : apply('everyNth', [x], { axis: normalizeAxis('everyNth', axis, x.shape.length), step });
/** Zeros before and after along `axis`. */
export const pad = (x: Value, axis: number, before: number, after: number): Value =>
  before === 0 && after === 0 ? x : apply('pad', [x], { axis: normalizeAxis('pad', axis, x.shape.length), before, after });
/** Cuts `x` along `axis` into pieces of the given sizes. */
export const split = (x: Value, axis: number, sizes: readonly number[]): readonly Value[] =>
  applyAll('split', [x], { axis: normalizeAxis('split', axis, x.shape.length), sizes });
/** Takes whole slices along `axis`: [.., n, ..] with indices [i..] -> [.., i.., ..]. */
export const gather = (x: Value, indices: Value, axis = 0): Value =>
  apply('gather', [x, indices], { axis: normalizeAxis('gather', axis, x.shape.length) });
/** One entry per index along `axis`; `indices` has the rank of `x` and its sizes elsewhere. */
export const gatherElements = (x: Value, indices: Value, axis: number): Value =>
  apply('gatherElements', [x, indices], { axis: normalizeAxis('gatherElements', axis, x.shape.length) });
/** `x` with each update added at its index along `axis`. */
export const addElements = (x: Value, updates: Value, indices: Value, axis: number): Value => {
  const along = normalizeAxis('addElements', axis, updates.shape.length);
  return apply('scatterElements', [updates, indices, x], { axis: along, size: concreteShape('addElements', x.shape)[along]! });
};
/** Adds each update at its index along `axis` into zeros of that `size`: the transpose of `gatherElements`. */
export const scatterElements = (updates: Value, indices: Value, axis: number, size: number): Value =>
  apply('scatterElements', [updates, indices], { axis: normalizeAxis('scatterElements', axis, updates.shape.length), size });

/**
 * Adds rows [i.., width] at indices [i..] into zeros [rows, width]: the transpose of `gather` at axis 0. Element by element:
 * ONNX Runtime 1.30 adds whole rows (ScatterND) from several threads at once and loses sums where an index repeats.
 */
export function scatterRows(updates: Value, indices: Value, rows: number): Value {
  const [count, width] = concreteShape('scatterRows', [multiplyDimensions(indices.shape), updates.shape.at(-1)!]) as [number, number];
  return scatterElements(reshape(updates, [count, width]), broadcastTo(reshape(indices, [count, 1]), [count, width]), 0, rows);
}

/** x / sqrt(mean(x²) + epsilon) · weight over the last axis (Zhang & Sennrich 2019, arXiv:1910.07467). */
export const rmsNormalization = (x: Value, weight: Value, epsilon: number): Value => apply('rmsNormalization', [x, weight], { epsilon });
/** x + y, and its `rmsNormalization`. */
export function sumRmsNormalization(x: Value, y: Value, weight: Value, epsilon: number): { readonly normalised: Value; readonly sum: Value } {
  const [normalised, sum] = applyAll('sumRmsNormalization', [x, y, weight], { epsilon });
  return { normalised: normalised!, sum: sum! };
}
/** (x - mean) / sqrt(variance + epsilon) · weight + bias over the last axis (Ba et al. 2016, arXiv:1607.06450). */
export const layerNormalization = (x: Value, weight: Value, bias: Value, epsilon: number): Value =>
  apply('layerNormalization', [x, weight, bias], { epsilon });
/**
 * Rotary position embedding (Su et al. 2021, arXiv:2104.09864) of x [batch, heads, length, size], or [batch, length, heads · size],
 * with cosines and sines [batch, length, size / 2]. Pairs are (i, i + size/2), or neighbours where `interleaved`.
 */
export const rotaryEmbedding = (
  x: Value,
  cosine: Value,
  sine: Value,
  { interleaved = false }: { readonly interleaved?: boolean } = {},
): Value => apply('rotaryEmbedding', [x, cosine, sine], { interleaved });
/**
 * softmax(scale · q kᵀ + mask) v. q [batch, heads, queries, size], k and v [batch, keyHeads, keys, size] where keyHeads
 * divides heads (grouped queries); mask [.., queries, keys] is added and stretches over batch and heads. With `heads` given, these lie
 * side by side in each row: q and the result [batch, queries, heads · size], k and v [batch, keys, keyHeads · size].
 */
export const attention = (query: Value, key: Value, value: Value, mask: Value | undefined, scale: number, heads?: HeadCounts): Value =>
  apply('attention', mask === undefined ? [query, key, value] : [query, key, value, mask], { scale, ...(heads && { heads }) });

/**
 * `attention` among tokens in their order: a query sees the keys up to its own. Heads lie side by side in each row: q and the result
 * [batch, length, heads · size], k and v [batch, length, keyHeads · size].
 */
export const causalAttention = (query: Value, key: Value, value: Value, scale: number, heads: HeadCounts): Value =>
  apply('causalAttention', [query, key, value], { scale, heads });

export interface LinearAttentionOperands {
  readonly query: Value; // [batch, length, queryHeads · size]
  readonly key: Value; // [batch, length, keyHeads · size]
  readonly value: Value; // [batch, length, heads · valueSize]
  /** Logarithms, [batch, length, heads], or [batch, length, heads · size] for every entry of a key its own. */
  readonly decay: Value;
  /** The state before the first token, [batch, heads, size, valueSize]; zeros when absent. */
  readonly past?: Value;
  readonly queryHeads: number;
  readonly heads: number;
}

/**
 * Attention without softmax, as a recurrence whose state fades (Yang et al. 2023, arXiv:2312.06635, equation 4; with one decay to a head the
 * scan of Mamba-2). The numbers of query heads and of key heads divide `heads`; neighbours share one.
 *
 *   state[t] = exp(decay[t]) state[t-1] + key[t]ᵀ value[t]        output[t] = query[t] state[t]
 *
 * Gives the output [batch, length, heads · valueSize] and the last state [batch, heads, size, valueSize].
 */
export function linearAttention({ query, key, value, decay, past, queryHeads, heads }: LinearAttentionOperands): { readonly output: Value; readonly state: Value } {
  const [output, state] = applyAll('linearAttention', [query, key, value, decay, ...(past === undefined ? [] : [past])], { queryHeads, heads });
  return { output: output!, state: state! };
}

export interface DeltaRuleOperands {
  readonly query: Value; // [batch, length, heads · size]
  readonly key: Value; // [batch, length, heads · size]
  readonly value: Value; // [batch, length, heads · valueSize]
  /** Logarithms, [batch, length, heads]. */
  readonly decay: Value;
  /** How much of the difference between a value and what the state says of its key is written, [batch, length, heads]; 0 to 1 with keys of length 1. */
  readonly rate: Value;
  /** The state before the first token, [batch, heads, size, valueSize]; zeros when absent. */
  readonly past?: Value;
  readonly heads: number;
}

/**
 * Linear attention by the gated delta rule (Yang et al. 2024, arXiv:2412.06464, equation 10): the state fades, and what it says of a key is moved
 * towards the value.
 *
 *   faded = exp(decay[t]) state[t-1]     state[t] = faded + key[t]ᵀ rate[t] (value[t] - key[t] faded)     output[t] = query[t] state[t]
 *
 * Gives the output [batch, length, heads · valueSize] and the last state [batch, heads, size, valueSize].
 */
export function deltaRule({ query, key, value, decay, rate, past, heads }: DeltaRuleOperands): { readonly output: Value; readonly state: Value } {
  const [output, state] = applyAll('deltaRule', [query, key, value, decay, rate, ...(past === undefined ? [] : [past])], { heads });
  return { output: output!, state: state! };
}

export interface CausalConvolutionOperands {
  readonly x: Value; // [batch, channels, length]
  readonly weight: Value; // [channels, 1, width]
  readonly bias: Value; // [channels]
  /** The width - 1 columns before the first, [batch, channels, width - 1]; zeros when absent. */
  readonly past?: Value;
}

/**
 * Each channel on its own: y[t] = bias + sum over j of weight[j] x[t - (width - 1) + j]. Gives y and the last width - 1 columns that were read,
 * [batch, channels, width - 1].
 */
export function causalConvolution({ x, weight, bias, past }: CausalConvolutionOperands): { readonly output: Value; readonly tail: Value } {
  const [output, tail] = applyAll('causalConvolution', [x, weight, bias, ...(past === undefined ? [] : [past])], {});
  return { output: output!, tail: tail! };
}
