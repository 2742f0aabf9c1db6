import { scalar } from '../build.js';
import { GraphError } from '../error.js';
import { add, broadcastTo, multiply, reduceSum, reshape, transpose } from '../expressions.js';
import { emptyReference, forEachIndex } from '../interpreter/reference.js';
import { concreteShape, showShape } from '../shape.js';
import type { Reference } from '../interpreter/reference.js';
import type { TensorType, Value } from '../value.js';
import { attend, attendGradient, expectAttention, perHeads } from './attention.js';
import type { HeadCounts } from './attributes.js';
import type { OnnxNode, OpTable } from './definition.js';
import { expectInputs } from './expect.js';
import { headsBeside, headsBesideReference, headsFirst, headsFirstReference, headsFirstShape } from './heads.js';

/** 0 where a query sees a key, else what leaves no probability. */
function causalMask(length: number): Reference {
  const mask = emptyReference([length, length]);
  forEachIndex(mask.shape, (at, [query, key]) => { mask.data[at] = key! <= query! ? 0 : -Infinity; });
  return mask;
}

/**
 * ONNX Runtime 1.30 has two kernels. That of grouped queries passes over the keys that a query does not see and leaves zeros there; it wants numbers for sizes,
 * heads of a multiple of 8 entries, and every result to be asked for. The other adds a mask, and the exponentials of what it hides are slow denormal numbers.
 */
function kernelOf([query, , value]: readonly TensorType[], { query: heads, key: keyHeads }: HeadCounts, scale: number): OnnxNode {
  const [batch, length, width] = query!.shape;
  const size = Number(width) / heads;
  const equal = Number(value!.shape[2]) / keyHeads === size;
  if (typeof batch === 'number' && typeof length === 'number' && size % 8 === 0 && equal) {
    return {
      type: 'GroupQueryAttention', domain: 'com.microsoft',
      attributes: { num_heads: { int: heads }, kv_num_heads: { int: keyHeads }, scale: { float: scale }, qk_output: { int: 2 } }, // 2: after softmax
      operands: [0, 1, 2, 'absent', 'absent', { int32: new Array<number>(batch).fill(length - 1) }, { int32: [length] }],
    };
  }
  return {
    type: 'Attention',
    attributes: { scale: { float: scale }, is_causal: { int: 1 }, qk_matmul_output_mode: { int: 3 }, q_num_heads: { int: heads }, kv_num_heads: { int: keyHeads } },
    results: [0, 1, 2, 3],
  };
}

/** Four outputs: the result, keys and values with heads first, probabilities. */
export const causalAttentionOps: Pick<OpTable, 'causalAttention'> = {
  causalAttention: {
    onnx: ({ scale, heads }, inputs) => kernelOf(inputs, heads, scale),
    infer: (inputs, { heads }) => {
      expectInputs('causalAttention', inputs, 3);
      const [[batch, , length, size], probabilities] = expectAttention('causalAttention', inputs, heads);
      const [query, key, value] = inputs.map(({ shape }) => shape);
      if (query![1] !== key![1]) {
        throw new GraphError({ where: 'causalAttention', expected: 'as many keys as queries', got: `${showShape(query!)} and ${showShape(key!)}` });
      }
      const first = [key!, value!].map((shape) => headsFirstShape('causalAttention', shape, heads.key));
      return [[batch!, length!, heads.query * Number(size)], ...first, probabilities].map((shape) => ({ shape, type: 'float32' }));
    },
    evaluate: (inputs, { scale, heads }) => {
      const [query, key, value] = perHeads(inputs, heads, headsFirstReference);
      const [y, p] = attend([query!, key!, value!, causalMask(query!.shape[2]!)], scale);
      return [headsBesideReference(y), key!, value!, p];
    },
    gradient: ({ inputs, outputs: [y, keys, values, p], attributes: { scale, heads } }, [dy, dk, dv, dp]) => {
      const [batch, length, width] = concreteShape('causalAttention gradient', y!.shape) as [number, number, number];
      const d = dy ?? broadcastTo(scalar(0), [batch, length, width]);
      const inHeads = (x: Value): Value => reshape(x, [batch, length, heads.query, width / heads.query]);
      const along = transpose(reduceSum(multiply(inHeads(d), inHeads(y!)), { axes: [-1] }), [0, 2, 1]); // y is not moved for it
      const [query, key, value] = attendGradient({
        inputs: [headsFirst(inputs[0]!, heads.query), keys!, values!], p: p!, dy: headsFirst(d, heads.query), dp, along: reshape(along, [batch, heads.query, length, 1]),
      }, scale);
      const plus = (own: Value, other: Value | undefined): Value => headsBeside(other === undefined ? own : add(own, other));
      return [headsBeside(query!), plus(key!, dk), plus(value!, dv)];
    },
  },
};
