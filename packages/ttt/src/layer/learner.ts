import { add, constant, cos, gather, matMul, maximum, multiply, reshape, rotaryEmbedding, sigmoid, sin } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import { hideFilling, normal, zeros } from '@palimpsest/layers';
import type { LayerContext, Scope, Taps } from '@palimpsest/layers';
import type { Learning } from '../mini-batch/learn-in-turns.js';
import { normedResidual } from '../reconstruction.js';
import type { TttConfig } from './ttt.js';
import type { Way } from './way.js';

/** What a layer makes of its tokens for learners to see, in the order of time. */
export interface Seen {
  readonly x: Value; // [batch, length, width]
  readonly query: Value; // [batch, length, heads · headSize]
  /** As query; where it is absent both come from `query` by convolutions over time. */
  readonly key: Value | undefined;
  readonly value: Value; // as query
}

export interface Learner {
  /** Answers to the queries of tokens by models that learn from their keys and values on the way, [batch, length, heads · headSize]. */
  readonly learn: (seen: Seen, way: Way, context: LayerContext) => Value;
  readonly reach: Value; // [miniBatch]
}

/** Weights and biases of a convolution over time, each channel on its own. */
export const temporalTaps = (scope: Scope, channels: number, kernel: number): Taps => ({
  weight: scope.parameter('weight', [channels, 1, kernel], { initialise: normal(1 / Math.sqrt(3 * kernel)), role: 'vector' }), // as wide as PyTorch's uniform numbers
  bias: scope.parameter('bias', [channels], { initialise: zeros, role: 'vector' }),
});

/** Rotates each head by the token's place in its mini-batch, neighbours in pairs. Su et al. 2021, arXiv:2104.09864. */
function rotate(x: Value, { headSize, miniBatch, rotary }: TttConfig, { name, places }: Way, context: LayerContext): Value {
  if (rotary === undefined) return x;
  const { cosine, sine } = context.shared(`rotary ${rotary.theta} ${headSize} in mini-batches of ${miniBatch}, ${name}`, () => {
    const half = headSize / 2;
    const angles = constant([miniBatch, half], Float64Array.from({ length: miniBatch * half }, (_, i) => Math.floor(i / half) * rotary.theta ** ((-2 * (i % half)) / headSize)));
    return { cosine: gather(cos(angles), places), sine: gather(sin(angles), places) };
  });
  return rotaryEmbedding(x, cosine, sine, { interleaved: true });
}

/** rate [batch, length, heads] of each token, 0 where it is none. */
function innerRate(scope: Scope, { width, heads, headSize, baseRate }: TttConfig): (x: Value, context: LayerContext) => Value {
  const weight = scope.parameter('learnable_ttt_lr_weight', [heads, 1, width], { initialise: normal(0.02), role: 'vector' });
  const bias = scope.parameter('learnable_ttt_lr_bias', [heads, 1], { initialise: zeros, role: 'vector' });
  return (x, context) =>
    hideFilling(multiply(sigmoid(add(matMul(x, reshape(weight, [heads, width]), { transposeRight: true }), reshape(bias, [heads]))), baseRate / headSize), context);
}

function reachOf(scope: Scope, miniBatch: number): Value {
  const learnt = scope.parameter('learnable_token_idx', [miniBatch], { initialise: zeros, role: 'vector' });
  return maximum(add(constant([miniBatch], Array.from({ length: miniBatch }, (_, i) => 1 / (i + 1))), learnt), 0);
}

/** What a learner begins with. */
interface Beginner extends Pick<Learning, 'inner' | 'initial'> {
  /** Of its queries and its keys, where both come from one projection. */
  readonly taps: readonly Taps[] | undefined;
}

/** Declares how fast is learnt, and what: all but what it begins with that learners of one layer need not share. */
export function learner(scope: Scope, config: TttConfig, { taps, ...beginner }: Beginner): Learner {
  const { heads, headSize, miniBatch, normEpsilon: epsilon, reconstruction: make = normedResidual } = config;
  const rates = innerRate(scope, config);
  const learning: Learning = { ...beginner, heads, reach: reachOf(scope, miniBatch), reconstruction: make(scope, { heads, headSize, epsilon }) };
  const learn: Learner['learn'] = ({ x, query, key, value }, way, context) => {
    const { batch, length } = context;
    const [queries, keys] = (taps === undefined ? [query, key] : way.convolve(query, taps)) as [Value, Value]; // a layer without taps has both
    const shown = { query: rotate(queries, config, way, context), key: rotate(keys, config, way, context), value, rate: rates(x, context) };
    const apart = (y: Value): Value => reshape(y, [batch, length, heads, 1, headSize]); // a token to itself: the reconstruction has heads first
    return reshape(learning.reconstruction.answer(apart(shown.query), apart(way.learn(learning, shown))), [batch, length, heads * headSize]);
  };
  return { learn, reach: learning.reach };
}
