import { scalar } from '../build.js';
import { GraphError } from '../error.js';
import { add, broadcastTo, matMul, multiply, negate, reduceSum, reshape, rotaryEmbedding, slice, subtract } from '../expressions.js';
import { broadcastStrides, emptyReference, forEachIndex, offsetOf } from '../interpreter/reference.js';
import { broadcastShapes, concreteShape, sameShape, showShape } from '../shape.js';
import type { Shape } from '../shape.js';
import type { TensorType, Value } from '../value.js';
import type { OpTable } from './definition.js';
import { expectFloats, expectInputs } from './expect.js';

/** The two halves of every rotated pair, each [.., size / 2]. */
function pairs(x: Value, interleaved: boolean): readonly [Value, Value] {
  const half = concreteShape('rotaryEmbedding', x.shape.slice(-1))[0]! / 2;
  if (!interleaved) return [slice(x, -1, 0, half), slice(x, -1, half, 2 * half)];
  const shape = [...x.shape.slice(0, -1), half];
  const split = reshape(x, [...shape, 2]);
  return [reshape(slice(split, -1, 0, 1), shape), reshape(slice(split, -1, 1, 2), shape)];
}

function expectAttention(inputs: readonly TensorType[]): Shape {
  expectInputs('attention', inputs, 3, 4);
  expectFloats('attention', inputs);
  const [query, key, value, mask] = inputs.map(({ shape }) => shape);
  const fail = (expected: string): never => {
    throw new GraphError({ where: 'attention', expected, got: inputs.map(({ shape }) => showShape(shape)).join(', ') });
  };
  if (query?.length !== 4 || key?.length !== 4 || value?.length !== 4) return fail('query, key and value of rank 4');
  if (query[0] !== key[0]) fail('query and key of one batch');
  if (query[3] !== key[3]) fail('query and key of one head size');
  if (!sameShape(key.slice(0, 3), value.slice(0, 3))) fail('key and value of the same batch, heads and length');
  if (typeof query[1] !== 'number' || typeof key[1] !== 'number' || query[1] % key[1] !== 0) fail('key heads that divide query heads');
  const scores = [query[0]!, query[1]!, query[2]!, key[2]!];
  // ONNX Runtime 1.30 stretches a mask over batch and heads, not over queries or keys
  const fits =
    mask === undefined ||
    (sameShape(mask.slice(-2), scores.slice(-2)) && sameShape(broadcastShapes('attention: mask', mask, scores), scores));
  if (!fits) fail(`a mask [.., ${scores[2]}, ${scores[3]}] that stretches to ${showShape(scores)}`);
  return [query[0]!, query[1]!, query[2]!, value[3]!];
}

export const attentionOps: Pick<OpTable, 'rotaryEmbedding' | 'attention'> = {
  rotaryEmbedding: {
    onnx: ({ interleaved }) => ({ type: 'RotaryEmbedding', attributes: { interleaved: { int: Number(interleaved) } } }),
    infer: (inputs) => {
      expectInputs('rotaryEmbedding', inputs, 3);
      expectFloats('rotaryEmbedding', inputs);
      const [x, ...tables] = inputs.map(({ shape }) => shape);
      const [batch, , length, size] = x!;
      const legal = x!.length === 4 && typeof size === 'number' && size % 2 === 0
        && tables.every((table) => sameShape(table, [batch!, length!, size / 2]));
      if (!legal) {
        throw new GraphError({
          where: 'rotaryEmbedding', expected: 'x [batch, heads, length, even size], cosine and sine [batch, length, size / 2]',
          got: inputs.map(({ shape }) => showShape(shape)).join(', '),
        });
      }
      return [{ shape: x!, type: 'float32' }];
    },
    evaluate: ([x, cosine, sine], { interleaved }, [shape]) => {
      const output = emptyReference(shape!);
      const [batch, heads, length, size] = shape! as [number, number, number, number];
      const half = size / 2;
      forEachIndex([batch, heads, length, half], (_, [b, h, t, i]) => {
        const start = ((b! * heads + h!) * length + t!) * size;
        const first = start + (interleaved ? 2 * i! : i!);
        const second = interleaved ? first + 1 : first + half;
        const angle = (b! * length + t!) * half + i!;
        output.data[first] = x!.data[first]! * cosine!.data[angle]! - x!.data[second]! * sine!.data[angle]!;
        output.data[second] = x!.data[second]! * cosine!.data[angle]! + x!.data[first]! * sine!.data[angle]!;
      });
      return [output];
    },
    gradient: ({ inputs: [x, cosine, sine], attributes: { interleaved } }, [g]) => {
      const [x1, x2] = pairs(x!, interleaved);
      const [g1, g2] = pairs(g!, interleaved);
      const overHeads = (value: Value): Value => reduceSum(value, { axes: [1] });
      return [
        rotaryEmbedding(g!, cosine!, negate(sine!), { interleaved }),
        overHeads(add(multiply(g1, x1), multiply(g2, x2))),
        overHeads(subtract(multiply(g2, x1), multiply(g1, x2))),
      ];
    },
  },
  attention: {
    onnx: ({ scale }) => ({
      type: 'Attention',
      attributes: { scale: { float: scale }, qk_matmul_output_mode: { int: 3 } }, // 3: after softmax
      results: [0, undefined, undefined, 1],
    }),
    infer: (inputs) => {
      const shape = expectAttention(inputs);
      return [{ shape, type: 'float32' }, { shape: [...shape.slice(0, 3), inputs[1]!.shape[2]!], type: 'float32' }];
    },
    evaluate: ([query, key, value, mask], { scale }, [shape, probabilitiesShape]) => {
      const output = emptyReference(shape!);
      const probabilities = emptyReference(probabilitiesShape!);
      const [batch, heads, queries, valueSize] = shape! as [number, number, number, number];
      const [, keyHeads, keys, size] = key!.shape as [number, number, number, number];
      const maskStrides = mask === undefined ? [] : broadcastStrides(mask.shape, [batch, heads, queries, keys]);
      const scores = new Float64Array(keys);
      forEachIndex([batch, heads, queries], (row, [b, h, i]) => {
        const group = b! * keyHeads + Math.floor((h! * keyHeads) / heads);
        for (let j = 0; j < keys; j++) {
          let dot = 0;
          for (let d = 0; d < size; d++) dot += query!.data[row * size + d]! * key!.data[(group * keys + j) * size + d]!;
          scores[j] = dot * scale + (mask === undefined ? 0 : mask.data[offsetOf([b!, h!, i!, j], maskStrides)]!);
        }
        const largest = scores.reduce((a, c) => Math.max(a, c), -Infinity);
        let total = 0;
        for (let j = 0; j < keys; j++) total += scores[j] = Math.exp(scores[j]! - largest);
        for (let j = 0; j < keys; j++) {
          const share = (probabilities.data[row * keys + j] = scores[j]! / total);
          for (let d = 0; d < valueSize; d++) output.data[row * valueSize + d]! += share * value!.data[(group * keys + j) * valueSize + d]!;
        }
      });
      return [output, probabilities];
    },
    // with p the probabilities, y = p v: the gradient of the scores is p · (dp - Σ dp p), and Σ dp p = Σ dy y over the shorter axis
    gradient: ({ inputs: [query, key, value, mask], outputs: [y, p], attributes: { scale } }, [dy, dp]) => {
      const [batch, heads, queries, keys] = concreteShape('attention gradient', p!.shape) as [number, number, number, number];
      const keyHeads = concreteShape('attention gradient', key!.shape)[1]!;
      const beside = (x: Value): Value => reshape(x, [batch, keyHeads, (heads / keyHeads) * queries, x.shape[3]!]); // heads of a group are neighbours
      const d = dy ?? broadcastTo(scalar(0), concreteShape('attention gradient', y!.shape));
      const along = (left: Value, right: Value): Value => beside(reduceSum(multiply(left, right), { axes: [-1], keepDimensions: true }));
      const throughValue = matMul(beside(d), value!, { transposeRight: true });
      const total = dp === undefined ? throughValue : add(throughValue, beside(dp));
      const mean = dp === undefined ? along(d, y!) : add(along(d, y!), along(dp, p!));
      const scores = multiply(beside(p!), subtract(total, mean));
      return [
        reshape(multiply(matMul(scores, key!), scale), query!.shape),
        multiply(matMul(scores, beside(query!), { transposeLeft: true }), scale),
        matMul(beside(p!), beside(d), { transposeLeft: true }),
        ...(mask === undefined ? [] : [reshape(scores, [batch, heads, queries, keys])]),
      ];
    },
  },
};
