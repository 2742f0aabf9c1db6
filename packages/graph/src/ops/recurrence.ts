import { add, broadcastTo, causalConvolution, concat, multiply, pad, reduceSum, reshape, reverse, sigmoid, slice, subtract } from '../expressions.js';
import { scalar } from '../build.js';
import { GraphError } from '../error.js';
import { emptyReference } from '../interpreter/reference.js';
import { concreteShape, sameShape, showShape } from '../shape.js';
import type { TensorType, Value } from '../value.js';
import type { OpTable } from './definition.js';
import { expectFloats, expectInputs } from './expect.js';
import { fadingPerHead, fadingPerKeyEntry } from './recurrence-gradient.js';

interface Sizes {
  readonly size: number; // of a key
  readonly valueSize: number;
  readonly keyHeads: number;
  /** Decays to a head: 1, or `size`. */
  readonly decays: number;
}

const shapesOf = (inputs: readonly TensorType[]): string => inputs.map(({ shape }) => showShape(shape)).join(', ');

/** @throws GraphError where the inputs do not go together. */
function linearAttentionSizes(inputs: readonly TensorType[], { queryHeads, heads }: { readonly queryHeads: number; readonly heads: number }): Sizes {
  const fail = (expected: string): never => {
    throw new GraphError({ where: 'linearAttention', expected, got: `${shapesOf(inputs)} for ${queryHeads} query heads, ${heads} heads` });
  };
  const [query, key, value, decay, past] = inputs.map(({ shape }) => shape);
  const rows = [query, key, value, decay];
  if (rows.some((shape) => shape?.length !== 3)) return fail('query, key, value and decay of rank 3');
  if (rows.some((shape) => !sameShape(shape!.slice(0, 2), query!.slice(0, 2)))) fail('one batch and one length');
  const [queryWidth, keyWidth, valueWidth, decayWidth] = rows.map((shape) => shape![2]!);
  const size = Number(queryWidth) / queryHeads;
  const valueSize = Number(valueWidth) / heads;
  const keyHeads = Number(keyWidth) / size;
  const decays = Number(decayWidth) / heads;
  if (![size, valueSize, keyHeads].every(Number.isInteger)) fail('heads of one size');
  if (heads % queryHeads !== 0 || heads % keyHeads !== 0) fail('query heads and key heads that divide the heads');
  if (decays !== 1 && decays !== size) fail(`a decay to a head or to an entry of its key: ${heads} or ${heads * size}`);
  if (past !== undefined && !sameShape(past, [query![0]!, heads, size, valueSize])) fail(`a past [${query![0]}, ${heads}, ${size}, ${valueSize}]`);
  return { size, valueSize, keyHeads, decays };
}

function expectConvolution(inputs: readonly TensorType[]): readonly TensorType[] {
  expectInputs('causalConvolution', inputs, 3, 4);
  expectFloats('causalConvolution', inputs);
  const [x, weight, bias, past] = inputs.map(({ shape }) => shape);
  const [batch, , channels] = x!;
  const width = weight?.[2];
  const legal = x!.length === 3 && typeof width === 'number' && width > 1 && sameShape(weight!, [channels!, 1, width]) && sameShape(bias!, [channels!])
    && (past === undefined || sameShape(past, [batch!, width - 1, channels!]));
  if (!legal) {
    throw new GraphError({
      where: 'causalConvolution', expected: 'x [batch, length, channels], weight [channels, 1, width > 1], bias [channels], past [batch, width - 1, channels]',
      got: shapesOf(inputs),
    });
  }
  return [{ shape: x!, type: 'float32' }, { shape: [batch!, (width as number) - 1, channels!], type: 'float32' }];
}

export const recurrenceOps: Pick<OpTable, 'linearAttention' | 'causalConvolution'> = {
  linearAttention: {
    onnx: ({ queryHeads, heads }, inputs) => ({
      type: 'LinearAttention', domain: 'com.microsoft',
      attributes: { q_num_heads: { int: queryHeads }, kv_num_heads: { int: heads }, update_rule: { string: 'gated' }, scale: { float: 1 } },
      operands: [0, 1, 2, inputs.length > 4 ? 4 : 'absent', 3],
    }),
    infer: (inputs, attributes) => {
      expectInputs('linearAttention', inputs, 4, 5);
      expectFloats('linearAttention', inputs);
      const { size, valueSize } = linearAttentionSizes(inputs, attributes);
      const [batch, length] = inputs[0]!.shape;
      return [
        { shape: [batch!, length!, attributes.heads * valueSize], type: 'float32' },
        { shape: [batch!, attributes.heads, size, valueSize], type: 'float32' },
      ];
    },
    evaluate: (inputs, attributes, [shape, stateShape]) => {
      const [query, key, value, decay, past] = inputs;
      const [batch, heads, size, valueSize] = stateShape! as [number, number, number, number];
      const { keyHeads, decays } = linearAttentionSizes(inputs.map(({ shape: own }) => ({ shape: own, type: 'float32' })), attributes);
      const length = shape![1]!;
      const output = emptyReference(shape!);
      const state = emptyReference(stateShape!);
      if (past !== undefined) state.data.set(past.data);
      for (let b = 0; b < batch; b++) {
        for (let t = 0; t < length; t++) {
          const row = b * length + t;
          for (let h = 0; h < heads; h++) {
            const queryAt = (row * attributes.queryHeads + Math.floor((h * attributes.queryHeads) / heads)) * size;
            const keyAt = (row * keyHeads + Math.floor((h * keyHeads) / heads)) * size;
            const valueAt = (row * heads + h) * valueSize;
            for (let i = 0; i < size; i++) {
              const fade = Math.exp(decay!.data[(row * heads + h) * decays + (decays === 1 ? 0 : i)]!);
              const stateAt = ((b * heads + h) * size + i) * valueSize;
              for (let j = 0; j < valueSize; j++) {
                state.data[stateAt + j] = fade * state.data[stateAt + j]! + key!.data[keyAt + i]! * value!.data[valueAt + j]!;
                output.data[valueAt + j]! += query!.data[queryAt + i]! * state.data[stateAt + j]!;
              }
            }
          }
        }
      }
      return [output, state];
    },
    gradient: ({ inputs, outputs: [y, last], attributes }, [given, lastGradient]) => {
      const sizes = linearAttentionSizes(inputs, attributes);
      const outputGradient = given ?? broadcastTo(scalar(0), concreteShape('linearAttention gradient', y!.shape));
      const rule = sizes.decays === 1 ? fadingPerHead : fadingPerKeyEntry;
      return rule({ inputs, last: last!, outputGradient, lastGradient, ...sizes, ...attributes });
    },
  },
  causalConvolution: {
    onnx: ({ activation }, inputs) => ({
      type: 'CausalConvWithState', domain: 'com.microsoft',
      attributes: { activation: { string: activation }, ndim: { int: 1 }, channels_last: { int: 1 } },
      operands: [0, 1, 2, ...(inputs.length > 3 ? [3] : [])],
    }),
    infer: (inputs) => expectConvolution(inputs),
    evaluate: ([x, weight, bias, past], { activation }, [shape, tailShape]) => {
      const [batch, length, channels] = shape! as [number, number, number];
      const before = tailShape![1]!;
      const output = emptyReference(shape!);
      const tail = emptyReference(tailShape!);
      /** Row `at` of batch entry `b`, counted from the first row of the past. */
      const rowAt = (b: number, at: number, c: number): number =>
        at >= before ? x!.data[(b * length + at - before) * channels + c]! : (past?.data[(b * before + at) * channels + c] ?? 0);
      for (let b = 0; b < batch; b++) {
        for (let c = 0; c < channels; c++) {
          for (let t = 0; t < length; t++) {
            let sum = bias!.data[c]!;
            for (let j = 0; j <= before; j++) sum += weight!.data[c * (before + 1) + j]! * rowAt(b, t + j, c);
            output.data[(b * length + t) * channels + c] = activation === 'silu' ? sum / (1 + Math.exp(-sum)) : sum;
          }
          for (let j = 0; j < before; j++) tail.data[(b * before + j) * channels + c] = rowAt(b, length + j, c);
        }
      }
      return [output, tail];
    },
    gradient: ({ inputs: [x, weight, bias, past], outputs: [y, tail], attributes: { activation } }, [given, tailGradient]) => {
      const [, length, channels] = concreteShape('causalConvolution gradient', x!.shape) as [number, number, number];
      const [, before] = concreteShape('causalConvolution gradient', tail!.shape) as [number, number];
      const rows = past === undefined ? pad(x!, 1, before, 0) : concat([past, x!], 1); // every row that is read
      const upstream = given ?? broadcastTo(scalar(0), concreteShape('causalConvolution gradient', y!.shape));
      const d = activation === 'silu' ? multiply(upstream, siluSlope(causalConvolution({ x: x!, weight: weight!, bias: bias!, ...(past && { past }) }).output)) : upstream;
      const zero = broadcastTo(scalar(0), [channels]);
      const spread = causalConvolution({ x: pad(d, 1, 0, before), weight: reverse(weight!, 2), bias: zero }).output;
      const rowGradients = tailGradient === undefined ? spread : add(spread, pad(tailGradient, 1, length, 0));
      const tap = (j: number): Value => reshape(reduceSum(multiply(slice(rows, 1, j, j + length), d), { axes: [0, 1] }), [channels, 1, 1]);
      return [
        slice(rowGradients, 1, before, before + length),
        concat(Array.from({ length: before + 1 }, (_, j) => tap(j)), 2),
        reduceSum(d, { axes: [0, 1] }),
        ...(past === undefined ? [] : [slice(rowGradients, 1, 0, before)]),
      ];
    },
  },
};

/** s + x s (1 - s) with s = sigmoid(x). */
function siluSlope(x: Value): Value {
  const s = sigmoid(x);
  return add(s, multiply(multiply(x, s), subtract(1, s)));
}
