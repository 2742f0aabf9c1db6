import { add, constant, exp, multiply, negate, reshape, rmsNormalization, silu, softplus, split } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import { hideFilling, linear, ones, scanBothWays } from '@palimpsest/layers';
import type { BackwardWeights, Layer, Scan, Scope, StateDeclaration } from '@palimpsest/layers';
import { logOfOrdinals, stepBias, uniform, uniformOfFanIn } from '../initialisers.js';
import { fading } from '../scan/fading.js';

/**
 * Selective state-space mixer (S6). Gu & Dao 2023, arXiv:2312.00752, sections 3.2 to 3.4, algorithm 2.
 *
 *   here   paper  shape                     meaning
 *   x      x      [batch, length, inner]    input after convolution and SiLU
 *   step   Δ      [batch, length, inner]    step size, positive, through a bottleneck of `stepRank`
 *   a      A      [inner, stateSize]        decay, negative
 *   b, c   B, C   [batch, length, stateSize] maps into and out of the state, read from x
 *   h      h      [batch, inner, stateSize] carried state
 *   z      -      [batch, length, inner]    gate
 *
 *   h[t] = exp(step[t] a) h[t-1] + step[t] b[t] x[t]
 *   y[t] = c[t] · h[t] + d x[t]
 *   out  = W (y · silu(z))
 *
 * Precision: the recurrence and its state are float32 whatever the weights are stored as.
 * Differs from the paper: b is discretised by Euler, as in the authors' code.
 */
export interface Mamba1Config {
  readonly width: number;
  readonly inner: number;
  readonly stateSize: number;
  readonly stepRank: number;
  /** Tokens that the convolution reads. */
  readonly kernel: number;
  /** RMS norms without weights on b, c and the bottleneck of the steps (Falcon Mamba, arXiv:2410.05355, section 2). */
  readonly plainNorms?: { readonly epsilon: number };
  /** A scan from the last token to the first beside the other, for visibility that is not causal. */
  readonly backward?: BackwardWeights;
  /** Layers of the model: the output starts smaller by the root of it; 1 when absent. */
  readonly depth?: number;
}

interface Carried {
  readonly tail: StateDeclaration;
  readonly state: StateDeclaration;
}

function scan(scope: Scope, { inner, stateSize, stepRank, kernel, plainNorms }: Mamba1Config, { tail, state }: Carried): Scan<Value> {
  const convolution = scope.child('conv1d');
  const weight = convolution.parameter('weight', [inner, 1, kernel], { initialise: uniformOfFanIn(kernel), role: 'vector' });
  const bias = convolution.parameter('bias', [inner], { initialise: uniformOfFanIn(kernel), role: 'vector' });
  const read = linear(scope.child('x_proj'), { from: inner, to: stepRank + 2 * stateSize, initialise: uniformOfFanIn(inner) });
  const widen = scope.child('dt_proj');
  const widenSteps = linear(widen, { from: stepRank, to: inner, initialise: uniform(stepRank ** -0.5) });
  const offset = widen.parameter('bias', [inner], { initialise: stepBias, role: 'vector' });
  const logDecay = scope.parameter('A_log', [inner, stateSize], { initialise: logOfOrdinals, role: 'vector' });
  const skip = scope.parameter('D', [inner], { initialise: ones, role: 'vector' });
  const plain = (x: Value, size: number): Value =>
    (plainNorms === undefined ? x : rmsNormalization(x, constant([size], new Float64Array(size).fill(1)), plainNorms.epsilon));
  return (given, way, context) => {
    const { batch, length } = context;
    const x = silu(way.convolve(given, { weight, bias }, tail));
    const [low, b, c] = split(read(x), 2, [stepRank, stateSize, stateSize]) as [Value, Value, Value];
    const raw = softplus(add(widenSteps(plain(low, stepRank)), offset)); // in the order of the scan
    const step = context.realLengths === undefined ? raw : way.order(hideFilling(way.order(raw), context));
    const y = way.recur(fading({ queryHeads: 1, heads: inner }), {
      query: plain(c, stateSize), key: plain(b, stateSize), value: multiply(step, x),
      decay: reshape(multiply(reshape(step, [batch, length, inner, 1]), negate(exp(logDecay))), [batch, length, inner * stateSize]),
    }, state);
    return way.order(add(y, multiply(x, skip)));
  };
}

/** @throws GraphError where tokens are to see later ones without a backward scan. */
export function mamba1(scope: Scope, config: Mamba1Config): Layer {
  const { width, inner, stateSize, kernel, depth = 1 } = config;
  const project = linear(scope.child('in_proj'), { from: width, to: 2 * inner, initialise: uniformOfFanIn(width) });
  const carried = { tail: scope.state('tail', [inner, kernel - 1], 'fixed'), state: scope.state('state', [inner, stateSize, 1], 'fixed') };
  const scans = scanBothWays(scope, (own) => scan(own, config, carried), config.backward);
  const output = linear(scope.child('out_proj'), { from: inner, to: width, initialise: uniformOfFanIn(inner, Math.sqrt(depth)) });
  return (x, context) => {
    const [u, z] = split(project(x), 2, [inner, inner]) as [Value, Value];
    return output(multiply(scans(u, context), silu(z)));
  };
}
