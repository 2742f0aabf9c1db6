import { add, concat, cumulativeSum, exp, matMul, multiply, pad, reshape, split } from '@palimpsest/graph';
import type { Dimension, LinearAttentionOperands, Value } from '@palimpsest/graph';
import type { Fold, LayerContext, Prefix, Scope, StateDeclaration } from '@palimpsest/layers';

/** A recurrence with one decay to a head, in sizes of its operands. */
export interface Heads {
  readonly heads: number;
  /** Of queries and of keys; divides `heads`, neighbours share one. */
  readonly groups: number;
  readonly size: number; // of a key
  readonly valueSize: number;
}

/** What the recurrence read of each token that its state does not hold yet. */
export interface RecentRows {
  readonly key: StateDeclaration; // [groups, size]
  readonly value: StateDeclaration; // [heads, valueSize]
  readonly decay: StateDeclaration; // [heads, 1]
}

export interface LaggingState {
  readonly state: StateDeclaration;
  readonly recent: RecentRows;
}

/**
 * A state that lags behind by such rows: bringing it out of the runtime at every token would cost as much as the layer. With G[s] the sum of the
 * decays after row s it becomes
 *
 *   state = exp(G[0]) state + sum over rows s of key[s]ᵀ exp(G[s]) value[s]
 */
export function laggingState(scope: Scope, name: string, { heads, groups, size, valueSize }: Heads): LaggingState {
  const recent = {
    key: scope.state('recent.key', [groups, size], 'recent'), value: scope.state('recent.value', [heads, valueSize], 'recent'), decay: scope.state('recent.decay', [heads, 1], 'recent'),
  };
  const fold: Fold = (read, { batch, recent: rows }) => {
    const [ofState, ofRows] = factorsLeft(pad(read(recent.decay), 2, 0, 1), rows);
    const keys = perHead(read(recent.key), heads, batch);
    return add(multiply(read(state), ofState), matMul(keys, multiply(read(recent.value), ofRows), { transposeLeft: true }));
  };
  const state = scope.state(name, [heads, size, valueSize], 'fixed', { fold });
  return { state, recent };
}

/** exp(G[0]) [batch, heads, 1, 1] and exp(G[s]) for each of the rows [batch, heads, rows, 1], from the decays of the rows and of what comes last. */
const factorsLeft = (decays: Value, rows: number): readonly [Value, Value] =>
  split(exp(cumulativeSum(decays, 2, { reverse: true })), 2, [1, rows]) as [Value, Value]; // as many as sizes

/** From [batch, groups, rows, columns] to what stretches over the heads: neighbours share, and a single group stretches by itself. */
function perHead(x: Value, heads: number, batch: Dimension): Value {
  const [, groups, rows, columns] = x.shape as readonly [Dimension, number, number, number]; // only the batch is a name
  if (groups === 1 || groups === heads) return x;
  const beside = reshape(x, [batch, groups, 1, rows * columns]);
  return reshape(concat(Array.from({ length: heads / groups }, () => beside), 2), [batch, heads, rows, columns]);
}

/**
 * `linearAttention` for one token without a new state. With the token's own decay in G,
 *
 *   y = exp(G[0]) query state + sum over rows s of exp(G[s]) (query · key[s]) value[s] + (query · key) value
 *
 * Free rows are zeros and add nothing: neither to the sums nor to the decays. The token's own row is kept. Its twin is the recurrence.
 */
export function attendWithRecent(
  { query, key, value, decay }: Pick<LinearAttentionOperands, 'query' | 'key' | 'value' | 'decay'>, { state, recent }: LaggingState,
  { batch, keep }: LayerContext, { read, recent: rows }: Prefix,
): Value {
  const [heads, size, valueSize] = state.shape as readonly [number, number, number];
  const groups = recent.key.shape[0]!;
  const [q, k, v] = [reshape(query, [batch, groups, 1, size]), reshape(key, [batch, groups, 1, size]), reshape(value, [batch, heads, 1, valueSize])];
  const fade = reshape(decay, [batch, heads, 1, 1]);
  keep(recent.key, k);
  keep(recent.value, v);
  keep(recent.decay, fade);
  const [ofState, ofRows] = factorsLeft(concat([read(recent.decay), fade], 2), rows!);
  const shared = (x: Value): Value => perHead(x, heads, batch);
  const weights = multiply(reshape(ofRows, [batch, heads, 1, rows!]), shared(matMul(q, read(recent.key), { transposeRight: true })));
  const fromState = multiply(matMul(shared(q), read(state)), ofState);
  const own = multiply(shared(matMul(q, k, { transposeRight: true })), v);
  return reshape(add(add(fromState, matMul(weights, read(recent.value))), own), [batch, 1, heads * valueSize]);
}
