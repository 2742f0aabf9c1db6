import { add, concat, cumulativeSum, exp, linearAttention, matMul, multiply, reshape, split, transpose } from '@palimpsest/graph';
import type { LinearAttentionOperands, Value } from '@palimpsest/graph';
import type { LayerContext, Prefix, Scope, StateDeclaration } from '@palimpsest/layers';

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

/** A state that lags behind by such rows: bringing it out of the runtime at every token would cost as much as the layer. */
export function laggingState(scope: Scope, name: string, sizes: Heads): { readonly state: StateDeclaration; readonly recent: RecentRows } {
  const { heads, groups, size, valueSize } = sizes;
  const recent = {
    key: scope.state('recent.key', [groups, size], 'recent'), value: scope.state('recent.value', [heads, valueSize], 'recent'), decay: scope.state('recent.decay', [heads, 1], 'recent'),
  };
  const state = scope.state(name, [heads, size, valueSize], 'fixed', (read, { batch, recent: rows }) => {
    const beside = (of: StateDeclaration): Value => reshape(transpose(read(of), [0, 2, 1, 3]), [batch, rows, of.shape[0]! * of.shape[1]!]);
    const key = beside(recent.key);
    return linearAttention({ query: key, key, value: beside(recent.value), decay: beside(recent.decay), past: read(state), queryHeads: groups, heads }).state;
  });
  return { state, recent };
}

/**
 * `linearAttention` for one token without a new state. With G[s] the sum of the decays after row s, the token's own included,
 *
 *   y = exp(G[0]) query state + sum over rows s of exp(G[s]) (query · key[s]) value[s] + (query · key) value
 *
 * Free rows are zeros and add nothing: neither to the sums nor to the decays. The token's own row is kept. Its twin is the recurrence.
 */
export function attendWithRecent(
  { query, key, value, decay }: Omit<LinearAttentionOperands, 'past'>, { state, recent }: { readonly state: StateDeclaration; readonly recent: RecentRows },
  { batch, keep }: LayerContext, { read, recent: rows }: Prefix,
): Value {
  const [heads, size, valueSize] = state.shape as readonly [number, number, number];
  const groups = recent.key.shape[0]!;
  const [q, k, v] = [reshape(query, [batch, groups, 1, size]), reshape(key, [batch, groups, 1, size]), reshape(value, [batch, heads, 1, valueSize])];
  const fade = reshape(decay, [batch, heads, 1, 1]);
  keep(recent.key, k);
  keep(recent.value, v);
  keep(recent.decay, fade);
  /** From a row of `columns` to a group to one to a head; a single group stretches by itself. */
  const perHead = (x: Value, columns: number): Value =>
    (groups === 1 || groups === heads ? x : reshape(concat(Array.from({ length: heads / groups }, () => x), 2), [batch, heads, 1, columns]));
  const left = exp(cumulativeSum(concat([read(recent.decay), fade], 2), 2, { reverse: true })); // exp(G[0]), exp(G[1]), ..
  const [ofState, ofRows] = split(left, 2, [1, rows!]) as [Value, Value];
  const weights = multiply(reshape(ofRows, [batch, heads, 1, rows!]), perHead(matMul(q, read(recent.key), { transposeRight: true }), rows!));
  const fromState = multiply(matMul(perHead(q, size), read(state)), ofState);
  const own = multiply(perHead(matMul(q, k, { transposeRight: true }), 1), v);
  return reshape(add(add(fromState, matMul(weights, read(recent.value))), own), [batch, 1, heads * valueSize]);
}
