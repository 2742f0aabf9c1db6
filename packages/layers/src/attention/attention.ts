import { add, attention as fusedAttention, concat, matMul, multiplyDimensions, multiply, reduceMax, reduceSum, reshape, rmsNormalization, exp, divide, subtract, maximum, transpose } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import { ones } from '../initialiser.js';
import type { Layer, LayerContext, Prefix, Scope } from '../layer.js';
import { linear } from '../linear/linear.js';
import { maskAmongTokens, maskOfPrefix } from './mask.js';
import { rotate } from './rotary.js';
import type { RotaryConfig } from './rotary.js';

/**
 * Multi-head attention with grouped queries. Vaswani et al. 2017, arXiv:1706.03762, section 3.2; Ainslie et al. 2023, arXiv:2305.13245.
 *
 *   here    shape                                meaning
 *   q       [batch, heads, length, headSize]     queries, normalised and rotated
 *   k, v    [batch, keyHeads, length, headSize]  keys (normalised and rotated) and values; kept for later tokens
 *
 *   y = softmax(q kᵀ / sqrt(headSize) + mask) v, then the output projection
 *
 * After a prefix the scores against kept and new keys share one softmax, and kept rows are never copied.
 */
export interface AttentionConfig {
  readonly width: number;
  readonly heads: number;
  /** Heads of keys and values; divides `heads`. */
  readonly keyHeads: number;
  readonly headSize: number;
  readonly rotary?: RotaryConfig;
  /** RMS normalisation of every query and key head before rotation (Qwen3). */
  readonly queryKeyNorm?: { readonly epsilon: number };
  readonly queryKeyValueBias?: boolean;
  readonly outputBias?: boolean;
  readonly outputDeviation?: number;
}

export function attention(scope: Scope, config: AttentionConfig): Layer {
  const { width, heads, keyHeads, headSize, rotary, queryKeyNorm, queryKeyValueBias: bias = false, outputBias = false, outputDeviation = 0.02 } = config;
  const project = (name: string, count: number): ((x: Value) => Value) => linear(scope.child(name), { from: width, to: count * headSize, bias });
  const query = project('q_proj', heads);
  const key = project('k_proj', keyHeads);
  const value = project('v_proj', keyHeads);
  const output = linear(scope.child('o_proj'), { from: heads * headSize, to: width, bias: outputBias, deviation: outputDeviation });
  const headNorm = (name: string): Value | undefined =>
    queryKeyNorm && scope.child(name).parameter('weight', [headSize], { initialise: ones, role: 'vector' });
  const queryNorm = headNorm('q_norm');
  const keyNorm = headNorm('k_norm');
  const keys = scope.state('keys', [keyHeads, headSize], 'per-token');
  const values = scope.state('values', [keyHeads, headSize], 'per-token');

  return (x, context) => {
    const { batch, length, prefix } = context;
    const toHeads = (flat: Value, count: number): Value => reshape(flat, [batch, length, count, headSize]);
    const place = (split: Value, norm: Value | undefined): Value => { // [batch, length, heads, size] -> [batch, heads, length, size]
      const rows = transpose(norm === undefined ? split : rmsNormalization(split, norm, queryKeyNorm!.epsilon), [0, 2, 1, 3]);
      return rotary === undefined ? rows : rotate(rows, headSize, rotary, context);
    };
    const q = place(toHeads(query(x), heads), queryNorm);
    const k = place(toHeads(key(x), keyHeads), keyNorm);
    const v = transpose(toHeads(value(x), keyHeads), [0, 2, 1, 3]);
    context.keep(keys, k);
    context.keep(values, v);
    const scale = 1 / Math.sqrt(headSize);
    const mixed = prefix === undefined
      ? fusedAttention(q, k, v, maskAmongTokens(context), scale)
      : attendAfterPrefix({ q, k, v, keptKeys: prefix.read(keys), keptValues: prefix.read(values), scale, heads, keyHeads }, context, prefix);
    return output(reshape(transpose(mixed, [0, 2, 1, 3]), [batch, length, heads * headSize]));
  };
}

interface Continuation {
  readonly q: Value;
  readonly k: Value;
  readonly v: Value;
  readonly keptKeys: Value; // [batch, keyHeads, capacity, headSize]
  readonly keptValues: Value;
  readonly scale: number;
  readonly heads: number;
  readonly keyHeads: number;
}

/** One softmax over the scores of kept and new keys, without joining the two. */
function attendAfterPrefix({ q, k, v, keptKeys, keptValues, scale, heads, keyHeads }: Continuation, context: LayerContext, prefix: Prefix): Value {
  const { batch, length } = context;
  const group = heads / keyHeads;
  const rows = multiplyDimensions([group, length]);
  const grouped = multiply(reshape(q, [batch, keyHeads, rows, q.shape[3]!]), scale); // heads of a group are neighbours
  const among = maskAmongTokens(context);
  const kept = add(matMul(grouped, keptKeys, { transposeRight: true }), maskOfPrefix(context, prefix)); // [batch, keyHeads, rows, capacity]
  const fresh = matMul(grouped, k, { transposeRight: true }); // [batch, keyHeads, rows, length]
  const masked = among === undefined ? fresh : add(fresh, group === 1 ? among : concat(Array.from({ length: group }, () => among), 2));
  const largest = maximum(reduceMax(kept, { axes: [-1], keepDimensions: true }), reduceMax(masked, { axes: [-1], keepDimensions: true }));
  const keptWeights = exp(subtract(kept, largest));
  const freshWeights = exp(subtract(masked, largest));
  const total = add(reduceSum(keptWeights, { axes: [-1], keepDimensions: true }), reduceSum(freshWeights, { axes: [-1], keepDimensions: true }));
  const mixed = divide(add(matMul(keptWeights, keptValues), matMul(freshWeights, v)), total);
  return reshape(mixed, [batch, heads, length, v.shape[3]!]);
}
