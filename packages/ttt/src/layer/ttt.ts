import { GraphError, add, cast, constant, cos, gather, matMul, maximum, multiply, reshape, rotaryEmbedding, sigmoid, sin, slice } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import { convolveOn, hideFilling, layerNorm, linear, normal, zeros } from '@palimpsest/layers';
import type { Layer, LayerContext, Prefix, RotaryConfig, Scope } from '@palimpsest/layers';
import { gelu } from '../gelu.js';
import { linearModel } from '../inner-model/linear.js';
import { mlpModel } from '../inner-model/mlp.js';
import type { InnerModel } from '../inner-model/inner-model.js';
import { learnInTurns } from '../mini-batch/learn-in-turns.js';
import type { Learning, Shown } from '../mini-batch/learn-in-turns.js';
import { placeInMiniBatch, placeInMiniBatches } from '../mini-batch/placement.js';
import { learnBesideRows } from '../mini-batch/recent.js';
import { normedResidual } from '../reconstruction.js';
import type { HeadSizes, Reconstruction } from '../reconstruction.js';
import { fastWeights } from './fast-weights.js';

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
 * Precision: weights and gradients are float32 whatever the layer's own weights are stored as.
 * Differs from the paper: nothing; from the authors' code: a context continues from any position with any number of tokens.
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
  /** What the inner model learns to do; `normedResidual` when absent. */
  readonly reconstruction?: (scope: Scope, sizes: HeadSizes) => Reconstruction;
  /** Layers of the model: the output starts smaller by the root of it; 1 when absent. */
  readonly depth?: number;
}

type Projection = (x: Value, context: LayerContext) => Pick<Shown, 'query' | 'key'>;

/** @throws GraphError where a size is not one. */
function checkSizes(where: string, { headSize, miniBatch, rotary, sharedProjection }: TttConfig): void {
  const demand = (holds: boolean, expected: string, got: number): void => {
    if (!holds) throw new GraphError({ where, expected, got: `${got}` });
  };
  demand(Number.isInteger(miniBatch) && miniBatch > 0, 'a mini-batch of at least one token', miniBatch);
  demand(rotary === undefined || headSize % 2 === 0, 'heads of an even size, half of it for each part of a rotation', headSize);
  demand(sharedProjection === undefined || sharedProjection.kernel > 1, 'a convolution over at least 2 tokens', sharedProjection?.kernel ?? 0);
}

function projections(scope: Scope, { width, heads, headSize, sharedProjection }: TttConfig): Projection {
  const inner = heads * headSize;
  const query = linear(scope.child('q_proj'), { from: width, to: inner });
  if (sharedProjection === undefined) {
    const key = linear(scope.child('k_proj'), { from: width, to: inner });
    return (x) => ({ query: query(x), key: key(x) });
  }
  const { kernel } = sharedProjection;
  const taps = ['conv_q', 'conv_k'].map((name) => temporalTaps(scope.child(name), inner, kernel));
  const tail = scope.state('tail', [inner, kernel - 1], 'fixed');
  return (x, context) => {
    const [queries, keys] = convolveOn(query(x), taps, tail, context) as [Value, Value];
    return { query: queries, key: keys };
  };
}

/** Weights and biases of a convolution over time, each channel on its own. */
export const temporalTaps = (scope: Scope, channels: number, kernel: number): { readonly weight: Value; readonly bias: Value } => ({
  weight: scope.parameter('weight', [channels, 1, kernel], { initialise: normal(1 / Math.sqrt(3 * kernel)), role: 'vector' }), // as wide as PyTorch's uniform numbers
  bias: scope.parameter('bias', [channels], { initialise: zeros, role: 'vector' }),
});

/** Rotates each head by the token's place in its mini-batch, neighbours in pairs. Su et al. 2021, arXiv:2104.09864. */
function rotate(x: Value, { headSize, miniBatch, rotary }: TttConfig, context: LayerContext): Value {
  if (rotary === undefined) return x;
  const { cosine, sine } = context.shared(`rotary ${rotary.theta} ${headSize} in mini-batches of ${miniBatch}`, () => {
    const half = headSize / 2;
    const angles = constant([miniBatch, half], Float64Array.from({ length: miniBatch * half }, (_, i) => Math.floor(i / half) * rotary.theta ** ((-2 * (i % half)) / headSize)));
    const place = placeInMiniBatch(context, miniBatch);
    return { cosine: gather(cos(angles), place), sine: gather(sin(angles), place) };
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

/** A one for each token, zeros where a row is filled up: [batch, length, 1]. */
const oneToEach = (context: LayerContext): Value =>
  hideFilling(reshape(cast(add(multiply(context.positions, 0), 1), 'float32'), [context.batch, context.length, 1]), context);

/** @throws GraphError where sizes do not fit, or tokens are to see later ones. */
function ttt(scope: Scope, config: TttConfig, inner: InnerModel): Layer {
  const { width, heads, headSize, miniBatch, normEpsilon: epsilon, gate = false, reconstruction: make = normedResidual, depth = 1 } = config;
  checkSizes(`ttt ${scope.path}`, config);
  const across = heads * headSize;
  const fast = fastWeights(scope, inner, { heads, headSize, miniBatch, last: () => slice(reach, 0, miniBatch - 1, miniBatch) });
  const project = projections(scope, config);
  const values = linear(scope.child('v_proj'), { from: width, to: across });
  const output = linear(scope.child('o_proj'), { from: across, to: width, initialise: normal(0.02 / Math.sqrt(depth)) });
  const gating = gate ? linear(scope.child('g_proj'), { from: width, to: across }) : undefined;
  const rates = innerRate(scope, config);
  const reach = reachOf(scope, miniBatch);
  const reconstruction = make(scope, { heads, headSize, epsilon });
  const norm = layerNorm(scope.child('post_norm'), { width: across, epsilon });
  const learning: Learning = { inner, reconstruction, heads, headSize, reach };
  const inTurns = (shown: Shown, context: LayerContext): Value => {
    const { observe } = context;
    const { said, carried, told } = learnInTurns(
      learning, shown, placeInMiniBatches(context, miniBatch), fast.read(context), () => fast.none(context), observe && { initial: fast.initial, isToken: oneToEach(context) },
    );
    fast.keep(carried, context);
    for (const [what, value] of Object.entries<Value>({ ...told })) observe?.(`${scope.path}.${what}`, reshape(value, value.shape.slice(0, 3)));
    return said;
  };
  const besideRows = (shown: Shown, context: LayerContext, prefix: Prefix): Value => {
    const { said, row } = learnBesideRows(learning, shown, context, fast.readLagging(prefix));
    fast.keepRow(row, context);
    return said;
  };

  return (x, context) => {
    const { batch, length, prefix, visibility } = context;
    if (visibility.blockSize !== 1) throw new GraphError({ where: `ttt ${scope.path}`, expected: 'causal visibility', got: visibility.name });
    const projected = project(x, context);
    const shown: Shown = {
      query: rotate(projected.query, config, context), key: rotate(projected.key, config, context), value: values(x), rate: rates(x, context),
    };
    const said = prefix?.recent === undefined ? inTurns(shown, context) : besideRows(shown, context, prefix);
    const apart = (y: Value): Value => reshape(y, [batch, length, heads, 1, headSize]); // a token to itself: the reconstruction has heads first
    const answered = reshape(reconstruction.answer(apart(shown.query), apart(said)), [batch, length, across]);
    const normed = norm(answered, context);
    return output(gating === undefined ? normed : multiply(gelu(gating(x)), normed));
  };
}

/** The inner model is a matrix and a bias: state of heads · (headSize + 1) · headSize numbers, twice. */
export const tttLinear = (scope: Scope, config: TttConfig): Layer => ttt(scope, config, linearModel);

/** The inner model has a hidden layer four times as wide as a head. */
export const tttMlp = (scope: Scope, config: TttConfig): Layer => ttt(scope, config, mlpModel);
