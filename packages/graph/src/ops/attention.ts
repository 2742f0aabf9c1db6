import { scalar } from '../build.js';
import { GraphError } from '../error.js';
import { add, broadcastTo, matMul, multiply, negate, reduceSum, reshape, rotaryEmbedding, slice, subtract } from '../expressions.js';
import { broadcastStrides, emptyReference, forEachIndex, offsetOf } from '../interpreter/reference.js';
import { broadcastShapes, concreteShape, sameShape, showShape } from '../shape.js';
import type { Reference } from '../interpreter/reference.js';
import type { Shape } from '../shape.js';
import type { TensorType, Value } from '../value.js';
import type { OpTable } from './definition.js';
import { expectFloats, expectInputs } from './expect.js';
import { headsBeside, headsBesideReference, headsFirst, headsFirstReference, headsFirstShape } from './heads.js';
import type { HeadCounts } from './attributes.js';

/** The two halves of every rotated pair, each [.., size / 2]. */
function pairs(x: Value, interleaved: boolean): readonly [Value, Value] {
  const half = concreteShape('rotaryEmbedding', x.shape.slice(-1))[0]! / 2;
  if (!interleaved) return [slice(x, -1, 0, half), slice(x, -1, half, 2 * half)];
  const shape = [...x.shape.slice(0, -1), half];
  const split = reshape(x, [...shape, 2]);
  return [reshape(slice(split, -1, 0, 1), shape), reshape(slice(split, -1, 1, 2), shape)];
}

/** Where heads lie side by side, how many there are in x, by the size of the tables. */
const headsIn = (x: Shape, table: Shape): number | undefined => (x.length === 3 ? Number(x[2]) / (2 * Number(table.at(-1))) : undefined);

/** Applies `change` to queries, keys and values, with the heads that each has; a mask is left as it is. */
export const perHeads = <T>(inputs: readonly T[], { query, key }: HeadCounts, change: (input: T, heads: number) => T): readonly T[] =>
  inputs.map((input, i) => (i < 3 ? change(input, i === 0 ? query : key) : input));

/** Shapes of output and probabilities, heads first. */
export function expectAttention(where: string, inputs: readonly TensorType[], heads: HeadCounts | undefined): readonly [Shape, Shape] {
  expectInputs(where, inputs, 3, 4);
  expectFloats(where, inputs);
  const shapes = inputs.map(({ shape }) => shape);
  const [query, key, value, mask] = heads === undefined ? shapes : perHeads(shapes, heads, (shape, count) => headsFirstShape(where, shape, count));
  const fail = (expected: string): never => {
    throw new GraphError({ where, expected, got: inputs.map(({ shape }) => showShape(shape)).join(', ') });
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
    (sameShape(mask.slice(-2), scores.slice(-2)) && sameShape(broadcastShapes(`${where}: mask`, mask, scores), scores));
  if (!fits) fail(`a mask [.., ${scores[2]}, ${scores[3]}] that stretches to ${showShape(scores)}`);
  return [[...scores.slice(0, 3), value[3]!], scores];
}

/** softmax(scale · q kᵀ + mask) v and its probabilities, heads first. */
export function attend([query, key, value, mask]: readonly Reference[], scale: number): readonly [Reference, Reference] {
  const [batch, heads, queries] = query!.shape as [number, number, number];
  const [, keyHeads, keys, size] = key!.shape as [number, number, number, number];
  const valueSize = value!.shape[3]!;
  const output = emptyReference([batch, heads, queries, valueSize]);
  const probabilities = emptyReference([batch, heads, queries, keys]);
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
}

/** What `attend` was given and gave, as values, and the gradients of the latter; `along` is Σ dy y over the last axis, [batch, heads, queries, 1]. */
interface Attended {
  readonly inputs: readonly Value[];
  readonly p: Value;
  readonly dy: Value;
  readonly dp: Value | undefined;
  readonly along: Value;
}

/** Σ left · right over the last axis, which stays. */
const alongLast = (left: Value, right: Value): Value => reduceSum(multiply(left, right), { axes: [-1], keepDimensions: true });

/** With p the probabilities, y = p v: the gradient of the scores is p · (dp - Σ dp p), and Σ dp p = Σ dy y over the shorter axis. */
export function attendGradient({ inputs: [query, key, value, mask], p, dy, dp, along }: Attended, scale: number): readonly Value[] {
  const [batch, heads, queries, keys] = concreteShape('attention gradient', p.shape) as [number, number, number, number];
  const keyHeads = concreteShape('attention gradient', key!.shape)[1]!;
  const beside = (x: Value): Value => reshape(x, [batch, keyHeads, (heads / keyHeads) * queries, x.shape[3]!]); // heads of a group are neighbours
  const throughValue = matMul(beside(dy), value!, { transposeRight: true });
  const total = dp === undefined ? throughValue : add(throughValue, beside(dp));
  const mean = dp === undefined ? beside(along) : add(beside(along), beside(alongLast(dp, p)));
  const scores = multiply(beside(p), subtract(total, mean));
  return [
    reshape(multiply(matMul(scores, key!), scale), query!.shape),
    multiply(matMul(scores, beside(query!), { transposeLeft: true }), scale),
    matMul(beside(p), beside(dy), { transposeLeft: true }),
    ...(mask === undefined ? [] : [reshape(scores, [batch, heads, queries, keys])]),
  ];
}

export const attentionOps: Pick<OpTable, 'rotaryEmbedding' | 'attention'> = {
  rotaryEmbedding: {
    onnx: ({ interleaved }, [x, cosine]) => {
      const heads = headsIn(x!.shape, cosine!.shape);
      return { type: 'RotaryEmbedding', attributes: { interleaved: { int: Number(interleaved) }, ...(heads !== undefined && { num_heads: { int: heads } }) } };
    },
    infer: (inputs) => {
      expectInputs('rotaryEmbedding', inputs, 3);
      expectFloats('rotaryEmbedding', inputs);
      const [x, ...tables] = inputs.map(({ shape }) => shape);
      const heads = headsIn(x!, tables[0]!);
      const beside = heads !== undefined && Number.isInteger(heads);
      const [batch, , length, size] = beside ? headsFirstShape('rotaryEmbedding', x!, heads) : x!;
      const legal = (x!.length === 4 || beside) && typeof size === 'number' && size % 2 === 0
        && tables.every((table) => sameShape(table, [batch!, length!, size / 2]));
      if (!legal) {
        throw new GraphError({
          where: 'rotaryEmbedding', expected: 'x [batch, heads, length, even size], or heads side by side in rows, cosine and sine [batch, length, size / 2]',
          got: inputs.map(({ shape }) => showShape(shape)).join(', '),
        });
      }
      return [{ shape: x!, type: 'float32' }];
    },
    evaluate: ([x, cosine, sine], { interleaved }) => {
      const heads = headsIn(x!.shape, cosine!.shape);
      return heads === undefined
        ? [rotated(x!, cosine!, sine!, interleaved)]
        : [headsBesideReference(rotated(headsFirstReference(x!, heads), cosine!, sine!, interleaved))];
    },
    gradient: ({ inputs: [x, cosine, sine], attributes: { interleaved } }, [g]) => {
      const heads = headsIn(x!.shape, cosine!.shape);
      const [xs, gs] = heads === undefined ? [x!, g!] : [headsFirst(x!, heads), headsFirst(g!, heads)];
      const [x1, x2] = pairs(xs, interleaved);
      const [g1, g2] = pairs(gs, interleaved);
      const overHeads = (value: Value): Value => reduceSum(value, { axes: [1] });
      return [
        rotaryEmbedding(g!, cosine!, negate(sine!), { interleaved }),
        overHeads(add(multiply(g1, x1), multiply(g2, x2))),
        overHeads(subtract(multiply(g2, x1), multiply(g1, x2))),
      ];
    },
  },
  attention: {
    onnx: ({ scale, heads }) => ({
      type: 'Attention',
      attributes: {
        scale: { float: scale }, qk_matmul_output_mode: { int: 3 }, // 3: after softmax
        ...(heads && { q_num_heads: { int: heads.query }, kv_num_heads: { int: heads.key } }),
      },
      results: [0, undefined, undefined, 1],
    }),
    infer: (inputs, { heads }) => {
      const [output, probabilities] = expectAttention('attention', inputs, heads);
      const [batch, , queries, size] = output;
      const shape = heads === undefined ? output : [batch!, queries!, heads.query * Number(size)];
      return [{ shape, type: 'float32' }, { shape: probabilities, type: 'float32' }];
    },
    evaluate: (inputs, { scale, heads }) => {
      if (heads === undefined) return attend(inputs, scale);
      const [y, p] = attend(perHeads(inputs, heads, headsFirstReference), scale);
      return [headsBesideReference(y), p];
    },
    gradient: ({ inputs, outputs: [y, p], attributes: { scale, heads } }, [dy, dp]) => {
      const d = dy ?? broadcastTo(scalar(0), concreteShape('attention gradient', y!.shape));
      if (heads === undefined) return attendGradient({ inputs, p: p!, dy: d, dp, along: alongLast(d, y!) }, scale);
      const [first, firstY] = [headsFirst(d, heads.query), headsFirst(y!, heads.query)];
      return perHeads(attendGradient({ inputs: perHeads(inputs, heads, headsFirst), p: p!, dy: first, dp, along: alongLast(first, firstY) }, scale), heads, headsBeside);
    },
  },
};

/** x, heads first, turned by the angles of the tables. */
function rotated(x: Reference, cosine: Reference, sine: Reference, interleaved: boolean): Reference {
  const output = emptyReference(x.shape);
  const [batch, heads, length, size] = x.shape as readonly [number, number, number, number];
  const half = size / 2;
  forEachIndex([batch, heads, length, half], (_, [b, h, t, i]) => {
    const start = ((b! * heads + h!) * length + t!) * size;
    const first = start + (interleaved ? 2 * i! : i!);
    const second = interleaved ? first + 1 : first + half;
    const angle = (b! * length + t!) * half + i!;
    output.data[first] = x.data[first]! * cosine.data[angle]! - x.data[second]! * sine.data[angle]!;
    output.data[second] = x.data[second]! * cosine.data[angle]! + x.data[first]! * sine.data[angle]!;
  });
  return output;
}
