import { add, constant, matMul, multiply, subtract } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import { mapBy } from '../inner-model/inner-model.js';
import type { InnerModel } from '../inner-model/inner-model.js';

/** Tokens of one mini-batch, or a run of them; heads first. */
export interface Tokens {
  readonly query: Value; // [batch, heads, tokens, headSize + 1], a one at the end of each
  readonly key: Value; // the same
  readonly rate: Value; // [batch, heads, tokens, 1]; 0 where there is no token
  readonly reach: Value; // how much of the gradients so far each token reads, [.., tokens, 1]
  /** Gradient of the inner loss by what the model says of the keys. */
  readonly slope: (said: Value) => Value;
}

export interface Learnt {
  /** What the model says of each query once it has learnt from the tokens up to it, [batch, heads, tokens, headSize]. */
  readonly said: Value;
  /** Gradients of the mini-batch so far, by map: [batch, heads, from + 1, to]. */
  readonly gradients: readonly Value[];
}

/** Ones where a token reads what another has taught: from itself and those before it. */
const upToItself = (tokens: number): Value =>
  constant([tokens, tokens], Array.from({ length: tokens * tokens }, (_, i) => Number(i % tokens <= Math.floor(i / tokens))));

/**
 * One mini-batch in its dual form, or a part of one: no weights of single tokens are ever built. Sun et al. 2024, arXiv:2407.04620, section 2.5,
 * generalised to tokens that follow others of their mini-batch, whose gradients A are given.
 *
 *   here       paper        meaning
 *   x, k       x̄, x         input of a map for a query and for a key, a one at the end
 *   W          W            weights at the start of the mini-batch; the last row is the bias
 *   G          ∇ at Z       slope of each token's loss at the map's output, all taken at W
 *   rate       η            of the writing token; reach the reading token's share of it
 *
 *   A[i]  = A + sum over j <= i of rate[j] k[j]ᵀ G[j]
 *   x[i] (W - reach[i] A[i])  =  x W - reach ∘ (x A + tril(x kᵀ) (rate ∘ G))
 *
 * @param before gradients of the mini-batch's earlier tokens; absent where these are its first.
 */
export function learn({ study, say }: InnerModel, weights: readonly Value[], before: readonly Value[] | undefined, { query, key, rate, reach, slope }: Tokens): Learnt {
  const lessons = study(key, weights.map(mapBy), slope).map(({ input, slope: taught }) => ({ input, taught: multiply(taught, rate) }));
  const sees = upToItself(Number(key.shape.at(-2)));
  const maps = lessons.map(({ input, taught }, map) => (x: Value): Value => {
    const fresh = matMul(multiply(matMul(x, input, { transposeRight: true }), sees), taught);
    const gained = before === undefined ? fresh : add(matMul(x, before[map]!), fresh);
    return subtract(matMul(x, weights[map]!), multiply(gained, reach));
  });
  const gradients = lessons.map(({ input, taught }, map) => {
    const own = matMul(input, taught, { transposeLeft: true });
    return before === undefined ? own : add(before[map]!, own);
  });
  return { said: say(query, maps), gradients };
}
