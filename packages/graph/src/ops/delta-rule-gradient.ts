import { constant } from '../build.js';
import { add, cumulativeSum, exp, matMul, multiply, negate, pad, reshape, slice, subtract, transpose } from '../expressions.js';
import { pullBack } from '../gradients.js';
import { scan } from '../scan.js';
import { concreteShape } from '../shape.js';
import type { Value } from '../value.js';

/** Tokens to a chunk; a power of two. */
const chunk = 16;
/** exp of it is 0 in float32 and in float64. */
const never = -1e4;

/** Operands cut into chunks, [chunks, batch, heads, chunk, ..], and the state before the first token, transposed. */
interface Chunks {
  readonly query: Value;
  readonly key: Value;
  readonly value: Value;
  readonly decay: Value;
  readonly rate: Value;
  readonly past: Value | undefined;
}

/** A number to each row and column of a chunk's tokens. */
const among = (entry: (row: number, column: number) => number): Value =>
  constant([chunk, chunk], Float64Array.from({ length: chunk * chunk }, (_, i) => entry(Math.floor(i / chunk), i % chunk)));

/**
 * The rule in chunks of tokens (Yang et al. 2024, arXiv:2406.06484, section 3.2, with decays as in arXiv:2412.06464). With G the sums of the decays in a
 * chunk, D[t, s] = exp(G[t] - G[s]) for s <= t, and the state S before it, what each token writes is
 *
 *   U = T (rate · V - rate · exp(G) · K S)     T = (1 + A)^-1     A[t, s] = rate[t] D[t, s] k[t] · k[s] for s < t
 *   Y = exp(G) · Q S + (D · Q Kᵀ) U            S behind it = exp(G[last]) S + (exp(G[last] - G) · K)ᵀ U
 *
 * A is below its diagonal, so that T = (1 - A)(1 + A²)(1 + A⁴).. is finite.
 */
function ruleInChunks({ query, key, value, decay, rate, past }: Chunks): { readonly output: Value; readonly state: Value } {
  const sums = cumulativeSum(decay, 3); // G, [chunks, batch, heads, chunk, 1]
  const apart = subtract(sums, transpose(sums, [0, 1, 2, 4, 3]));
  const left = exp(add(multiply(apart, among((row, column) => Number(column <= row))), among((row, column) => (column <= row ? 0 : never)))); // D
  let power = negate(multiply(multiply(multiply(left, among((row, column) => Number(column < row))), matMul(key, key, { transposeRight: true })), rate));
  let inverse = add(power, among((row, column) => Number(row === column)));
  for (let reach = 2; reach < chunk; reach *= 2) {
    power = matMul(power, power);
    inverse = add(inverse, matMul(power, inverse));
  }
  const written = matMul(inverse, multiply(value, rate));
  const known = matMul(inverse, multiply(multiply(key, exp(sums)), rate));
  const seen = multiply(left, matMul(query, key, { transposeRight: true }));
  const total = slice(sums, 3, chunk - 1, chunk);
  const [fromState, toState] = [multiply(query, exp(sums)), multiply(key, exp(subtract(total, sums)))];
  const fade = exp(total);

  const [, batch, heads, , size] = concreteShape('deltaRule gradient', key.shape) as [number, number, number, number, number];
  const valueSize = Number(value.shape[4]);
  const empty = constant([batch, heads, size, valueSize], new Float64Array(batch * heads * size * valueSize));
  const { carried, results } = scan({
    carried: [past === undefined ? empty : transpose(past, [0, 1, 3, 2])], sequences: [written, known, fromState, seen, toState, fade],
    turn: ({ carried: [state], slices }) => {
      const [writes, knows, reads, sees, leaves, left] = slices as [Value, Value, Value, Value, Value, Value]; // of one chunk
      const own = subtract(writes, matMul(knows, state!));
      return { carried: [add(multiply(left, state!), matMul(leaves, own, { transposeLeft: true }))], results: [add(matMul(reads, state!), matMul(sees, own))] };
    },
  });
  return { output: results[0]!, state: carried[0]! };
}

/** Gradients for query, key, value, decay, rate and past: the rule is computed again in chunks, and that is differentiated. */
export function deltaRuleGradient(inputs: readonly Value[], heads: number, [ofOutput, ofState]: readonly [Value, Value | undefined]): readonly Value[] {
  const [batch, length] = concreteShape('deltaRule gradient', inputs[0]!.shape) as [number, number];
  const count = Math.ceil(length / chunk);
  const filling = count * chunk - length; // tokens with a rate of 0, which write nothing and fade nothing
  const inChunks = (x: Value): Value => {
    const filled = filling === 0 ? x : pad(x, 1, 0, filling);
    return transpose(reshape(filled, [batch, count, chunk, heads, Number(x.shape[2]) / heads]), [1, 0, 3, 2, 4]);
  };
  const inRows = (x: Value): Value => slice(reshape(transpose(x, [1, 0, 3, 2, 4]), [batch, count * chunk, heads * Number(x.shape[4])]), 1, 0, length);
  const [query, key, value, decay, rate] = inputs.slice(0, 5).map(inChunks) as [Value, Value, Value, Value, Value];
  const past = inputs[5] === undefined ? undefined : transpose(inputs[5], [0, 1, 3, 2]); // no operand is made of another from here on
  const { output, state } = ruleInChunks({ query, key, value, decay, rate, past });
  const pulled = pullBack([output, state], [inChunks(ofOutput), ofState], [query, key, value, decay, rate, ...(past === undefined ? [] : [past])]);
  return [...pulled.slice(0, 5).map(inRows), ...pulled.slice(5).map((gradient) => transpose(gradient, [0, 1, 3, 2]))];
}
