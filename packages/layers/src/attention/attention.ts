import {
  add, attention as fusedAttention, causalAttention, concat, divide, exp, matMul, maximum, multiply, multiplyDimensions, reduceMax, reduceSum, reshape, rmsNormalization, slice,
  softmax, subtract, transpose,
} from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import { nearIdentity, normal, ones } from '../initialiser.js';
import type { Layer, LayerContext, Prefix, Scope } from '../layer.js';
import { linear } from '../linear/linear.js';
import { expectOneVisibility } from '../one-visibility.js';
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

/**
 * At first a head hands on what it looks at, at this scale: values and output start near the identity, so that copying a
 * word from earlier text only needs a place to look (Trockman & Kolter 2023, arXiv:2305.09828, initialise after the same idea).
 */
const copyScale = 0.3;

export function attention(scope: Scope, config: AttentionConfig): Layer {
  const { width, heads, keyHeads, headSize, rotary, queryKeyNorm, queryKeyValueBias: bias = false, outputBias = false, outputDeviation = 0.02 } = config;
  const project = (name: string, count: number, initialise = normal(0.02)): ((x: Value) => Value) =>
    linear(scope.child(name), { from: width, to: count * headSize, bias, initialise });
  const query = project('q_proj', heads);
  const key = project('k_proj', keyHeads);
  const value = project('v_proj', keyHeads, nearIdentity(1, 0.02));
  const output = linear(scope.child('o_proj'), { from: heads * headSize, to: width, bias: outputBias, initialise: nearIdentity(copyScale, outputDeviation) });
  const headNorm = (name: string): Value | undefined =>
    queryKeyNorm && scope.child(name).parameter('weight', [headSize], { initialise: ones, role: 'vector' });
  const queryNorm = headNorm('q_norm');
  const keyNorm = headNorm('k_norm');
  const keys = scope.state('keys', [keyHeads, headSize], 'per-token');
  const values = scope.state('values', [keyHeads, headSize], 'per-token');

  return (x, context) => {
    expectOneVisibility(scope.path, context);
    const { batch, length, prefix, visibility, noisyLength } = context;
    const scale = 1 / Math.sqrt(headSize);
    const headsFirst = (flat: Value, count: number): Value => // [batch, length, count · size] -> [batch, count, length, size]
      length === 1 ? reshape(flat, [batch, count, 1, headSize]) : transpose(reshape(flat, [batch, length, count, headSize]), [0, 2, 1, 3]);
    const tokensFirst = (mixed: Value): Value => // [batch, heads, length, size] -> [batch, length, heads · size]
      reshape(length === 1 ? mixed : transpose(mixed, [0, 2, 1, 3]), [batch, length, heads * headSize]);
    const normalise = (rows: Value, norm: Value | undefined): Value => (norm === undefined ? rows : rmsNormalization(rows, norm, queryKeyNorm!.epsilon));
    const place = (rows: Value): Value => (rotary === undefined ? rows : rotate(rows, headSize, rotary, context));
    const causally = typeof length === 'number' && visibility.blockSize === 1 && noisyLength === undefined;
    if (prefix === undefined && (typeof length === 'string' || causally)) { // heads stay side by side, nothing is moved
      const beside = (flat: Value, count: number, norm: Value | undefined): Value =>
        place(norm === undefined ? flat : reshape(normalise(reshape(flat, [batch, length, count, headSize]), norm), flat.shape));
      const [k, v] = [beside(key(x), keyHeads, keyNorm), value(x)];
      context.keep(keys, headsFirst(k, keyHeads));
      context.keep(values, headsFirst(v, keyHeads));
      const [q, counts] = [beside(query(x), heads, queryNorm), { query: heads, key: keyHeads }];
      return output(causally ? causalAttention(q, k, v, scale, counts) : fusedAttention(q, k, v, maskAmongTokens(context), scale, counts));
    }
    const queries = normalise(headsFirst(query(x), heads), queryNorm);
    const k = place(normalise(headsFirst(key(x), keyHeads), keyNorm));
    const v = headsFirst(value(x), keyHeads);
    if (context.noisyLength === undefined) {
      context.keep(keys, k);
      context.keep(values, v);
    }
    const mixed = prefix === undefined
      ? fusedAttention(place(queries), k, v, maskAmongTokens(context), scale)
      // Scaled before rotation: ONNX Runtime folds a scale beside a product into it, and then its quick kernel for one row does not apply.
      : attendAfterPrefix({ q: place(multiply(queries, scale)), k, v, keptKeys: prefix.read(keys), keptValues: prefix.read(values) }, context, prefix);
    return output(tokensFirst(mixed));
  };
}

interface Continuation {
  readonly q: Value; // [batch, heads, length, headSize], scaled
  readonly k: Value; // [batch, keyHeads, length, headSize]
  readonly v: Value;
  readonly keptKeys: Value; // [batch, keyHeads, capacity, headSize]
  readonly keptValues: Value;
}

const lastAxis = { axes: [-1], keepDimensions: true } as const;

/** One softmax over the scores of kept and new keys; neither keys nor values are joined. */
function attendAfterPrefix({ q, k, v, keptKeys, keptValues }: Continuation, context: LayerContext, prefix: Prefix): Value {
  const { batch, length } = context;
  const keyHeads = k.shape[1]!;
  const group = Number(q.shape[1]) / Number(keyHeads);
  const grouped = reshape(q, [batch, keyHeads, multiplyDimensions([group, length]), q.shape[3]!]); // heads of a group are neighbours
  const kept = add(matMul(grouped, keptKeys, { transposeRight: true }), maskOfPrefix(context, prefix)); // [batch, keyHeads, rows, capacity]
  const fresh = matMul(grouped, k, { transposeRight: true }); // [batch, keyHeads, rows, length]
  if (length === 1) { // joining the scores, a column longer, takes fewer operators
    const weights = softmax(concat([fresh, kept], -1));
    return reshape(add(multiply(slice(weights, -1, 0, 1), v), matMul(slice(weights, -1, 1), keptValues)), q.shape);
  }
  const among = maskAmongTokens(context);
  const masked = among === undefined ? fresh : add(fresh, group === 1 ? among : concat(Array.from({ length: group }, () => among), 2));
  const largest = maximum(reduceMax(kept, lastAxis), reduceMax(masked, lastAxis));
  const keptWeights = exp(subtract(kept, largest));
  const freshWeights = exp(subtract(masked, largest));
  const total = add(reduceSum(keptWeights, lastAxis), reduceSum(freshWeights, lastAxis));
  return reshape(divide(add(matMul(keptWeights, keptValues), matMul(freshWeights, v)), total), q.shape);
}
