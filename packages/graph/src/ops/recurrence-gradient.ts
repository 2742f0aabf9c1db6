import { add, broadcastTo, cumulativeSum, exp, linearAttention, multiply, pad, reduceSum, reshape, reverse, slice, subtract, transpose } from '../expressions.js';
import { scalar } from '../build.js';
import { concreteShape } from '../shape.js';
import type { Value } from '../value.js';

interface Backward {
  readonly inputs: readonly Value[]; // query, key, value, decay, past
  readonly last: Value; // [batch, heads, size, valueSize]
  readonly outputGradient: Value;
  readonly lastGradient: Value | undefined;
  readonly size: number;
  readonly valueSize: number;
  readonly keyHeads: number;
  readonly queryHeads: number;
  readonly heads: number;
}

/** Every head its own copy: [batch, length, shared · size] -> [batch, length, heads · size]; neighbours share. */
function expand(x: Value, shared: number, heads: number, size: number): Value {
  if (shared === heads) return x;
  const [batch, length] = concreteShape('linearAttention gradient', x.shape) as [number, number];
  const stretched = broadcastTo(reshape(x, [batch, length, shared, 1, size]), [batch, length, shared, heads / shared, size]);
  return reshape(stretched, [batch, length, heads * size]);
}

/** The transpose of `expand`: sums over the heads that share. */
function collapse(x: Value, shared: number, heads: number, size: number): Value {
  if (shared === heads) return x;
  const [batch, length] = x.shape;
  return reshape(reduceSum(reshape(x, [batch!, length!, shared, heads / shared, size]), { axes: [3] }), [batch!, length!, shared * size]);
}

/** Backwards in time the state reaches token t through the decay of token t + 1; the last token has none. */
const decayBackwards = (decay: Value): Value => pad(slice(reverse(decay, 1), 1, 0, Number(decay.shape[1]) - 1), 1, 1, 0);
const factorOfFirst = (decay: Value): Value => exp(slice(decay, 1, 0, 1)); // [batch, 1, heads · decays]

/**
 * One decay to a head. With D[t] the gradient of state[t], which runs backwards as the state runs forwards,
 *
 *   D[t] = exp(decay[t+1]) D[t+1] + query[t]ᵀ dy[t]
 *   dvalue[t] = key[t] D[t]      dkey[t] = value[t] D[t]ᵀ      dquery[t] = dy[t] state[t]ᵀ      dpast = exp(decay[0]) D[0]
 *   ddecay[t] = sum over s >= t of (query[s] · dquery[s] - key[s] · dkey[s]) + last · dlast
 *
 * so each is the forward operation with its operands in other places. In float32 the last line cancels: errors grow with the length.
 */
export function fadingPerHead({ inputs, last, outputGradient: dy, lastGradient, size, keyHeads, queryHeads, heads }: Backward): readonly Value[] {
  const [query, key, value, decay, past] = inputs as [Value, Value, Value, Value, Value | undefined];
  const [batch, length] = concreteShape('linearAttention gradient', query.shape) as [number, number];
  const turned = (state: Value | undefined): { readonly past?: Value } => (state === undefined ? {} : { past: transpose(state, [0, 1, 3, 2]) });
  const queries = expand(query, queryHeads, heads, size);
  const keys = expand(key, keyHeads, heads, size);
  const backwards = decayBackwards(decay);
  const [reversedQuery, reversedGradient] = [reverse(query, 1), reverse(dy, 1)];
  const forQuery = linearAttention({ query: dy, key: value, value: keys, decay, ...turned(past), queryHeads: heads, heads });
  const forValue = linearAttention({
    query: reverse(key, 1), key: reversedQuery, value: reversedGradient, decay: backwards, ...(lastGradient && { past: lastGradient }), queryHeads: keyHeads, heads,
  });
  const forKey = linearAttention({
    query: reverse(value, 1), key: reversedGradient, value: expand(reversedQuery, queryHeads, heads, size), decay: backwards, ...turned(lastGradient), queryHeads: heads, heads,
  });
  const keyGradient = reverse(forKey.output, 1);
  const perHead = (products: Value): Value => reduceSum(reshape(products, [batch, length, heads, size]), { axes: [3] });
  const gained = perHead(subtract(multiply(queries, forQuery.output), multiply(keys, keyGradient)));
  const fromHere = cumulativeSum(gained, 1, { reverse: true });
  return [
    collapse(forQuery.output, queryHeads, heads, size),
    collapse(keyGradient, keyHeads, heads, size),
    reverse(forValue.output, 1),
    lastGradient === undefined ? fromHere : add(fromHere, reshape(reduceSum(multiply(last, lastGradient), { axes: [2, 3] }), [batch, 1, heads])),
    ...(past === undefined ? [] : [multiply(reshape(factorOfFirst(decay), [batch, heads, 1, 1]), forValue.state)]),
  ];
}

/**
 * A decay to every entry of a key. Each entry becomes a head with a key of one number, queried with 1: the operation then gives
 * every state, and run backwards its gradient D. Takes length · heads · size · valueSize numbers of memory.
 *
 *   ddecay[t] = D[t] · exp(decay[t]) state[t-1] = D[t] · (state[t] - key[t]ᵀ value[t])
 */
export function fadingPerKeyEntry({ inputs, outputGradient: dy, lastGradient, size, valueSize, keyHeads, queryHeads, heads }: Backward): readonly Value[] {
  const [query, key, value, decay, past] = inputs as [Value, Value, Value, Value, Value | undefined];
  const [batch, length] = concreteShape('linearAttention gradient', query.shape) as [number, number];
  const entries = heads * size;
  const all = [batch, length, heads, size, valueSize];
  const alongValue = (x: Value): Value => reshape(x, [batch, length, heads, size, 1]);
  const alongKey = (x: Value): Value => reshape(x, [batch, length, heads, 1, valueSize]);
  const one = broadcastTo(scalar(1), [batch, length, 1]);
  const states = (k: Value, v: Value, fade: Value, from: Value | undefined): Value => linearAttention({
    query: one, key: k, value: reshape(broadcastTo(alongKey(v), all), [batch, length, entries * valueSize]), decay: fade,
    ...(from && { past: reshape(from, [batch, entries, 1, valueSize]) }), queryHeads: 1, heads: entries,
  }).output;
  const queries = expand(query, queryHeads, heads, size);
  const keys = expand(key, keyHeads, heads, size);
  const state = reshape(states(keys, value, decay, past), all);
  const slope = reshape(reverse(states(reverse(queries, 1), reverse(dy, 1), decayBackwards(decay), lastGradient), 1), all);
  const overValue = (x: Value): Value => reshape(reduceSum(x, { axes: [4] }), [batch, length, entries]);
  const carried = subtract(state, multiply(alongValue(keys), alongKey(value)));
  return [
    collapse(overValue(multiply(state, alongKey(dy))), queryHeads, heads, size),
    collapse(overValue(multiply(slope, alongKey(value))), keyHeads, heads, size),
    reshape(reduceSum(multiply(slope, alongValue(keys)), { axes: [3] }), [batch, length, heads * valueSize]),
    overValue(multiply(slope, carried)),
    ...(past === undefined ? [] : [multiply(reshape(factorOfFirst(decay), [batch, heads, size, 1]), reshape(slice(slope, 1, 0, 1), [batch, heads, size, valueSize]))]),
  ];
}
