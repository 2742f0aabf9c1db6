import { GraphError, add, multiply, slice } from '@palimpsest/graph';
import { expectOneVisibility, layerNorm, linear, normal } from '@palimpsest/layers';
import type { Layer, RotaryConfig, Scope } from '@palimpsest/layers';
import { gelu } from '../gelu.js';
import { linearModel } from '../inner-model/linear.js';
import { mlpModel } from '../inner-model/mlp.js';
import type { InnerModel } from '../inner-model/inner-model.js';
import type { HeadSizes, Reconstruction } from '../reconstruction.js';
import { fastWeights, initialWeights } from './fast-weights.js';
import { learner, temporalTaps } from './learner.js';
import type { Learner, Seen } from './learner.js';
import { backwards, forwards } from './way.js';
import type { Carries } from './way.js';

/**
 * Test-time training. Sun et al. 2024, arXiv:2407.04620, sections 2.2 to 2.7. To each head there is a small model f whose weights are what
 * the layer carries: it learns from every token that is read, and a token is answered by the model as it then is.
 *
 *   here       paper  shape                        meaning
 *   q, k, v    θ x    [batch, length, headSize]    test, training and label view of a token; q and k rotated by their place in the mini-batch
 *   W          W      [from + 1, to]               weights of f at the start of the mini-batch, biases last
 *   G          ∇ℓ     [length, to]                 slope of the token's inner loss at what f says of k, taken at W
 *   rate       η      [length]                     baseRate · sigmoid(x w + c) / headSize, of the token that is learnt from
 *   reach      -      [miniBatch]                  max(1 / (i + 1) + learnt[i], 0), of the token that reads, i its place in the mini-batch
 *
 *   A[t] = sum over the tokens s <= t of the mini-batch of rate[s] k[s]ᵀ G[s]
 *   y[t] = answer of f with weights W - reach[t] A[t]      W at the next mini-batch = W - reach[last] A[last]
 *   out  = output(norm(y) · gelu(gate x))                  the gate on request
 *
 * Where tokens see later ones a second learner starts anew at the end of each block of visibility and reads it from there; y is the sum of both.
 *
 * Precision: weights and gradients are float32 whatever the layer's own weights are stored as.
 * Differs from the paper: the second learner is ours; from the authors' code: a context continues from any position with any number of tokens.
 */
export interface TttConfig {
  readonly width: number;
  readonly heads: number;
  /** Even, for rotations. */
  readonly headSize: number;
  /** Tokens that learn from the same weights; 16 in the paper. */
  readonly miniBatch: number;
  /** The largest inner rate is this by headSize: 1 for linear inner models, 0.1 for others, in the paper. */
  readonly baseRate: number;
  /** Of all norms of the layer. */
  readonly normEpsilon: number;
  readonly rotary?: RotaryConfig;
  /** Queries and keys come from one projection, each by a convolution over the last `kernel` tokens. */
  readonly sharedProjection?: { readonly kernel: number };
  readonly gate?: boolean;
  /**
   * A learner that goes from the last token of each block of visibility to the first beside the one in the order of time, for visibility that is
   * not causal, with fast weights, rates and norms of its own or those of the other; their answers are added, as scans' are.
   */
  readonly backward?: 'shared' | 'separate';
  /** What the inner model learns to do; `normedResidual` when absent. */
  readonly reconstruction?: (scope: Scope, sizes: HeadSizes) => Reconstruction;
  /** Layers of the model: the output starts smaller by the root of it; 1 when absent. */
  readonly depth?: number;
}

/** @throws GraphError where a size is not one. */
function checkSizes(where: string, { headSize, miniBatch, rotary, sharedProjection }: TttConfig): void {
  const demand = (holds: boolean, expected: string, got: number): void => {
    if (!holds) throw new GraphError({ where, expected, got: `${got}` });
  };
  demand(Number.isInteger(miniBatch) && miniBatch > 0, 'a mini-batch of at least one token', miniBatch);
  demand(rotary === undefined || headSize % 2 === 0, 'heads of an even size, half of it for each part of a rotation', headSize);
  demand(sharedProjection === undefined || sharedProjection.kernel > 1, 'a convolution over at least 2 tokens', sharedProjection?.kernel ?? 0);
}

/** @throws GraphError where sizes do not fit, or tokens are to see later ones and nothing learns backwards. */
function ttt(scope: Scope, config: TttConfig, inner: InnerModel): Layer {
  const { width, heads, headSize, miniBatch, normEpsilon: epsilon, sharedProjection, gate = false, depth = 1 } = config;
  const where = `ttt ${scope.path}`;
  checkSizes(where, config);
  const across = heads * headSize;
  const carries: Carries = {
    fast: fastWeights(scope, inner, { heads, headSize, miniBatch, last: () => slice(there.reach, 0, miniBatch - 1, miniBatch) }), // asked for when the layer is whole
    tail: sharedProjection && scope.state('tail', [across, sharedProjection.kernel - 1], 'fixed'),
  };
  const sides = config.backward === 'separate' ? [scope, scope.child('backward')] : [scope];
  const starts = sides.map((own) => initialWeights(own, inner, heads, headSize));
  const project = linear(scope.child('q_proj'), { from: width, to: across });
  const keys = sharedProjection === undefined ? linear(scope.child('k_proj'), { from: width, to: across }) : undefined;
  const taps = sides.map((own) => sharedProjection && ['conv_q', 'conv_k'].map((name) => temporalTaps(own.child(name), across, sharedProjection.kernel)));
  const values = linear(scope.child('v_proj'), { from: width, to: across });
  const output = linear(scope.child('o_proj'), { from: across, to: width, initialise: normal(0.02 / Math.sqrt(depth)) });
  const gating = gate ? linear(scope.child('g_proj'), { from: width, to: across }) : undefined;
  const learners = sides.map((own, side) => learner(own, config, { inner, initial: starts[side]!, taps: taps[side] }));
  const norm = layerNorm(scope.child('post_norm'), { width: across, epsilon });
  const [there, apart = there] = learners as [Learner, Learner?]; // a learner to each side
  const back = config.backward && apart;

  return (x, context) => {
    expectOneVisibility(where, context);
    const { visibility: { name, blockSize } } = context;
    if (back === undefined && blockSize !== 1) {
      throw new GraphError({ where, expected: 'causal visibility', got: name, hint: "Give the layer a learner that goes backwards: backward: 'separate'." });
    }
    const seen: Seen = { x, query: project(x), key: keys?.(x), value: values(x) };
    const forward = there.learn(seen, forwards(context, carries, miniBatch, scope.path), context);
    const answered = back === undefined ? forward : add(forward, back.learn(seen, backwards(context, miniBatch), context));
    const normed = norm(answered, context);
    return output(gating === undefined ? normed : multiply(gelu(gating(x)), normed));
  };
}

/** The inner model is a matrix and a bias: state of heads · (headSize + 1) · headSize numbers, twice. */
export const tttLinear = (scope: Scope, config: TttConfig): Layer => ttt(scope, config, linearModel);

/** The inner model has a hidden layer four times as wide as a head. */
export const tttMlp = (scope: Scope, config: TttConfig): Layer => ttt(scope, config, mlpModel);
