import { add, cast, concat, constant, equal, less, matMul, multiply, pad, reshape, slice, subtract } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import type { LayerContext } from './layer.js';

/** Index of each token within the pass, int64 [batch, length]. */
export const indexOfToken = ({ positions }: LayerContext): Value => subtract(positions, slice(positions, 1, 0, 1));

/** Zeros where tokens only fill a row up; [batch, length, width] -> same. */
export function hideFilling(x: Value, context: LayerContext): Value {
  const { realLengths, batch, length } = context;
  if (realLengths === undefined) return x;
  const real = context.shared('real tokens', () => cast(reshape(less(indexOfToken(context), reshape(realLengths, [batch, 1])), [batch, length, 1]), 'float32'));
  return multiply(x, real);
}

/**
 * The last `count` columns before the filling, counted over `past` [batch, channels, count] and `x` [batch, channels, length]. Picked by a
 * product with zeros and ones, which is exact.
 */
export function lastRealColumns(x: Value, past: Value | undefined, count: number, realLengths: Value, context: LayerContext): Value {
  const { batch } = context;
  const columns = past === undefined ? pad(x, 2, count, 0) : concat([past, x], 2);
  const ordinals = constant([1, count], Array.from({ length: count }, (_, i) => i), 'int64');
  const ends = add(reshape(realLengths, [batch, 1]), ordinals); // [batch, count]
  const indices = concat([add(multiply(reshape(realLengths, [batch, 1]), 0), ordinals), add(indexOfToken(context), count)], 1); // [batch, count + length]
  const picks = equal(reshape(indices, [batch, indices.shape[1]!, 1]), reshape(ends, [batch, 1, count]));
  return matMul(columns, cast(picks, 'float32'));
}
