import { add, constant, deltaRule, exp, multiply, negate, reshape, rmsNormalization, sigmoid, silu, softplus, split } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import { constantly, hideFilling, linear, normal, ones, scanBothWays, zeros } from '@palimpsest/layers';
import type { BackwardWeights, Layer, Operands, Recurrence, Scope } from '@palimpsest/layers';

/**
 * Gated DeltaNet. Yang et al. 2024, arXiv:2412.06464, sections 3.1 and 3.4.
 *
 *   here    paper   shape                               meaning
 *   q, k    q, k    [batch, length, heads · headSize]   after a convolution and SiLU, each head of length 1
 *   v       v       [batch, length, heads · headSize]   after a convolution and SiLU
 *   decay   log α   [batch, length, heads]              -exp(A) softplus(a x + bias)
 *   rate    β       [batch, length, heads]              sigmoid(b x)
 *   S       S       [batch, heads, headSize, headSize]  carried state
 *
 *   S[t] = α S[t-1] + k[t]ᵀ β (v[t] - k[t] α S[t-1])     y[t] = q[t] S[t]     out = W (norm(y) · silu(g x))
 */
export interface GatedDeltaConfig {
  readonly width: number;
  readonly heads: number;
  readonly headSize: number;
  /** For visibility that is not causal: a scan backwards, with the weights of the other or its own. */
  readonly backward?: BackwardWeights;
}

/** Tokens that the convolution reads. */
const kernel = 4;
const epsilon = 1e-6;

interface Read {
  readonly mixed: Value; // q, k and v before the convolution, [batch, length, 3 · heads · headSize]
  readonly a: Value; // [batch, length, heads]
  readonly b: Value; // [batch, length, heads]
}

export function gatedDelta(scope: Scope, { width, heads, headSize, backward }: GatedDeltaConfig): Layer {
  const inner = heads * headSize;
  const project = linear(scope.child('in_proj'), { from: width, to: 4 * inner + 2 * heads });
  const output = linear(scope.child('out_proj'), { from: inner, to: width });
  const norm = scope.child('norm').parameter('weight', [headSize], { initialise: ones, role: 'vector' });
  const tail = scope.state('tail', [3 * inner, kernel - 1], 'fixed');
  const state = scope.state('state', [heads, headSize, headSize], 'fixed');
  const rule: Recurrence<Operands & { readonly query: Value; readonly key: Value; readonly value: Value; readonly rate: Value }> = {
    run: ({ query, key, value, decay, rate }, past) => deltaRule({ query, key, value, decay, rate, heads, ...(past && { past }) }),
  };
  const length1 = constant([headSize], new Float64Array(headSize).fill(headSize ** -0.5)); // times the root of the mean square
  const headwise = (x: Value, weight: Value): Value => reshape(rmsNormalization(reshape(x, [x.shape[0]!, x.shape[1]!, heads, headSize]), weight, epsilon), x.shape);

  const scans = scanBothWays<Read>(scope, (own) => {
    const taps = {
      weight: own.child('conv1d').parameter('weight', [3 * inner, 1, kernel], { initialise: normal(0.3), role: 'vector' }),
      bias: own.child('conv1d').parameter('bias', [3 * inner], { initialise: zeros, role: 'vector' }),
    };
    const fade = own.parameter('A_log', [heads], { initialise: zeros, role: 'vector' });
    const offset = own.parameter('dt_bias', [heads], { initialise: constantly(-4), role: 'vector' }); // at first a token fades by a fiftieth
    return ({ mixed, a, b }, way, context) => {
      const [q, k, v] = split(silu(way.convolve(mixed, taps, tail)), 2, [inner, inner, inner]) as [Value, Value, Value];
      const decay = multiply(softplus(add(a, offset)), negate(exp(fade)));
      const perToken = (x: Value): Value => way.order(hideFilling(x, context)); // what only fills a row up neither fades nor writes
      return way.order(way.recur(rule, { query: headwise(q, length1), key: headwise(k, length1), value: v, decay: perToken(decay), rate: perToken(sigmoid(b)) }, state));
    };
  }, backward);

  return (x, context) => {
    const [mixed, gate, a, b] = split(project(x), 2, [3 * inner, inner, heads, heads]) as [Value, Value, Value, Value];
    return output(multiply(headwise(scans({ mixed, a, b }, context), norm), silu(gate)));
  };
}
