import { GraphError, add, constant, exp, maximum, minimum, multiply, negate, reshape, rmsNormalization, silu, softplus, split } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import { hideFilling, linear, ones, scanBothWays } from '@palimpsest/layers';
import type { BackwardWeights, Layer, Scan, Scope, StateDeclaration } from '@palimpsest/layers';
import { logOfUniform, stepBias, uniformOfFanIn } from '../initialisers.js';
import { fading } from '../scan/fading.js';
import { laggingState } from '../scan/recent.js';
import type { LaggingState } from '../scan/recent.js';

/**
 * State-space duality mixer. Dao & Gu 2024, arXiv:2405.21060, sections 6 and 7.1 (figure 6, right), listing 1.
 *
 *   here     paper  shape                              meaning
 *   x        X      [batch, length, heads, headSize]   input after convolution and SiLU
 *   step     Δ      [batch, length, heads]             step size, positive
 *   a        A      [heads]                            decay, negative
 *   b, c     B, C   [batch, length, groups, stateSize] maps into and out of the state; heads / groups neighbours share one
 *   h        H      [batch, heads, stateSize, headSize] carried state
 *   z        -      [batch, length, inner]             gate; inner = heads · headSize
 *
 *   h[t] = exp(step[t] a) h[t-1] + b[t]ᵀ (step[t] x[t])
 *   y[t] = c[t] h[t] + d x[t]
 *   out  = W norm(y · silu(z)), the root mean square taken over each of `normGroups` equal parts of inner
 *
 * Precision: the recurrence and its state are float32 whatever the weights are stored as.
 * Differs from the paper: b is discretised by Euler and the norm stands after the gate, both as in the authors' code.
 */
export interface Mamba2Config {
  readonly width: number;
  readonly heads: number;
  readonly headSize: number;
  readonly stateSize: number;
  /** Pairs of b and c; divides `heads`. */
  readonly groups: number;
  /** Parts of inner that are normalised each on its own: the authors' code has as many as `groups`, some libraries 1. */
  readonly normGroups: number;
  readonly normEpsilon: number;
  /** Tokens that the convolution reads. */
  readonly kernel: number;
  /** Steps are brought between these. */
  readonly stepLimits?: { readonly least: number; readonly most: number };
  /** A scan from the last token to the first beside the other, for visibility that is not causal. */
  readonly backward?: BackwardWeights;
  /** Layers of the model: the output starts smaller by the root of it; 1 when absent. */
  readonly depth?: number;
}

/** @throws GraphError where sizes do not divide. */
function checkSizes(where: string, { heads, headSize, groups, normGroups }: Mamba2Config): void {
  const demand = (holds: boolean, expected: string, got: number): void => {
    if (!holds) throw new GraphError({ where, expected, got: `${got}` });
  };
  demand(heads % groups === 0, `groups that divide the ${heads} heads`, groups);
  demand((heads * headSize) % normGroups === 0, `norm groups that divide the inner width, ${heads * headSize}`, normGroups);
}

interface ScanInput {
  readonly convolved: Value; // x, b and c before the convolution, [batch, length, inner + 2 · groups · stateSize]
  readonly rawStep: Value; // [batch, length, heads]
}

function scan(scope: Scope, { heads, headSize, stateSize, groups, kernel, stepLimits }: Mamba2Config, tail: StateDeclaration, lagging: LaggingState): Scan<ScanInput> {
  const [inner, shared] = [heads * headSize, groups * stateSize];
  const channels = inner + 2 * shared;
  const convolution = scope.child('conv1d');
  const weight = convolution.parameter('weight', [channels, 1, kernel], { initialise: uniformOfFanIn(kernel), role: 'vector' });
  const bias = convolution.parameter('bias', [channels], { initialise: uniformOfFanIn(kernel), role: 'vector' });
  const offset = scope.parameter('dt_bias', [heads], { initialise: stepBias, role: 'vector' });
  const logDecay = scope.parameter('A_log', [heads], { initialise: logOfUniform, role: 'vector' });
  const skip = scope.parameter('D', [heads], { initialise: ones, role: 'vector' });
  const limited = (step: Value): Value => (stepLimits === undefined ? step : minimum(maximum(step, stepLimits.least), stepLimits.most));
  return ({ convolved, rawStep }, way, context) => {
    const perHead = (flat: Value): Value => reshape(flat, [context.batch, context.length, heads, headSize]);
    const flat = (heads: Value): Value => reshape(heads, [context.batch, context.length, inner]);
    const [x, b, c] = split(silu(way.convolve(convolved, { weight, bias }, tail)), 2, [inner, shared, shared]) as [Value, Value, Value];
    const step = way.order(hideFilling(limited(softplus(add(rawStep, offset))), context));
    const xs = perHead(x);
    const y = way.recur(fading({ queryHeads: groups, heads }, lagging), {
      query: c, key: b, value: flat(multiply(xs, reshape(step, [context.batch, context.length, heads, 1]))),
      decay: multiply(step, negate(exp(logDecay))),
    }, lagging.state);
    return way.order(add(y, flat(multiply(xs, reshape(skip, [heads, 1])))));
  };
}

/** rms(y · silu(z)) · weight, over each of `groups` equal parts of the last axis. */
function gatedNorm(scope: Scope, inner: number, groups: number, epsilon: number): (y: Value, z: Value) => Value {
  const weight = scope.parameter('weight', [inner], { initialise: ones, role: 'vector' });
  return (y, z) => {
    const gated = multiply(y, silu(z));
    if (groups === 1) return rmsNormalization(gated, weight, epsilon);
    const parts = reshape(gated, [...gated.shape.slice(0, -1), groups, inner / groups]);
    return multiply(reshape(rmsNormalization(parts, constant([inner / groups], new Float64Array(inner / groups).fill(1)), epsilon), gated.shape), weight);
  };
}

/** @throws GraphError where sizes do not divide, or tokens are to see later ones without a backward scan. */
export function mamba2(scope: Scope, config: Mamba2Config): Layer {
  const { width, heads, headSize, stateSize, groups, kernel, depth = 1 } = config;
  checkSizes(`mamba2 ${scope.path}`, config);
  const inner = heads * headSize;
  const channels = inner + 2 * groups * stateSize;
  const project = linear(scope.child('in_proj'), { from: width, to: inner + channels + heads, initialise: uniformOfFanIn(width) });
  const tail = scope.state('tail', [channels, kernel - 1], 'fixed');
  const lagging = laggingState(scope, 'state', { heads, groups, size: stateSize, valueSize: headSize });
  const scans = scanBothWays(scope, (own) => scan(own, config, tail, lagging), config.backward);
  const norm = gatedNorm(scope.child('norm'), inner, config.normGroups, config.normEpsilon);
  const output = linear(scope.child('out_proj'), { from: inner, to: width, initialise: uniformOfFanIn(inner, Math.sqrt(depth)) });
  return (x, context) => {
    const [z, convolved, rawStep] = split(project(x), 2, [inner, channels, heads]) as [Value, Value, Value];
    return output(norm(scans({ convolved, rawStep }, context), z));
  };
}
