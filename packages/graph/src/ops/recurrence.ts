import { add, broadcastTo, causalConvolution, concat, multiply, pad, reduceSum, reshape, reverse, slice } from '../expressions.js';
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
  const [batch, channels] = x!;
  const width = weight?.[2];
  const legal = x!.length === 3 && typeof width === 'number' && width > 1 && sameShape(weight!, [channels!, 1, width]) && sameShape(bias!, [channels!])
    && (past === undefined || sameShape(past, [batch!, channels!, width - 1]));
  if (!legal) {
    throw new GraphError({
      where: 'causalConvolution', expected: 'x [batch, channels, length], weight [channels, 1, width > 1], bias [channels], past [batch, channels, width - 1]',
      got: shapesOf(inputs),
    });
  }
  return [{ shape: x!, type: 'float32' }, { shape: [batch!, channels!, (width as number) - 1], type: 'float32' }];
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
    // Its own SiLU and its channels_last are both several times slower in ONNX Runtime 1.30 than operators beside it.
    onnx: (_, inputs) => ({
      type: 'CausalConvWithState', domain: 'com.microsoft', attributes: { activation: { string: 'none' } }, operands: [0, 1, 2, ...(inputs.length > 3 ? [3] : [])],
    }),
    infer: (inputs) => expectConvolution(inputs),
    evaluate: ([x, weight, bias, past], _, [shape, tailShape]) => {
      const [batch, channels, length] = shape! as [number, number, number];
      const before = tailShape![2]!;
      const output = emptyReference(shape!);
      const tail = emptyReference(tailShape!);
      for (let row = 0; row < batch * channels; row++) {
        const channel = row % channels;
        /** Column `at` of the row, counted from the first of the past. */
        const column = (at: number): number => (at >= before ? x!.data[row * length + at - before]! : (past?.data[row * before + at] ?? 0));
        for (let t = 0; t < length; t++) {
          let sum = bias!.data[channel]!;
          for (let j = 0; j <= before; j++) sum += weight!.data[channel * (before + 1) + j]! * column(t + j);
          output.data[row * length + t] = sum;
        }
        for (let j = 0; j < before; j++) tail.data[row * before + j] = column(length + j);
      }
      return [output, tail];
    },
    gradient: ({ inputs: [x, weight, bias, past], outputs: [y, tail] }, [given, tailGradient]) => {
      const [, channels, length] = concreteShape('causalConvolution gradient', x!.shape) as [number, number, number];
      const before = concreteShape('causalConvolution gradient', tail!.shape)[2]!;
      const columns = past === undefined ? pad(x!, 2, before, 0) : concat([past, x!], 2); // every column that is read
      const d = given ?? broadcastTo(scalar(0), concreteShape('causalConvolution gradient', y!.shape));
      const none = broadcastTo(scalar(0), concreteShape('causalConvolution gradient', bias!.shape));
      const spread = causalConvolution({ x: pad(d, 2, 0, before), weight: reverse(weight!, 2), bias: none }).output;
      const gradients = tailGradient === undefined ? spread : add(spread, pad(tailGradient, 2, length, 0)); // of all columns
      const tap = (j: number): Value => reshape(reduceSum(multiply(slice(columns, 2, j, j + length), d), { axes: [0, 2] }), [channels, 1, 1]);
      return [
        slice(gradients, 2, before, before + length),
        concat(Array.from({ length: before + 1 }, (_, j) => tap(j)), 2),
        reduceSum(d, { axes: [0, 2] }),
        ...(past === undefined ? [] : [slice(gradients, 2, 0, before)]),
      ];
    },
  },
};
