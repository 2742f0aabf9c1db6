import { add, cast, concat, constant, equal, less, matMul, multiply, pad, reshape, slice, subtract } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import type { LayerContext } from '@palimpsest/layers';

/** Index of each token within the pass, int64 [batch, length]. */
const indexOf = ({ positions }: LayerContext): Value => subtract(positions, slice(positions, 1, 0, 1));

/** Zeros where tokens only fill a row up; [batch, length, ..] -> same. */
export function hideFilling(x: Value, context: LayerContext): Value {
  const { realLengths, batch, length } = context;
  if (realLengths === undefined) return x;
  const real = context.shared('real tokens', () => cast(reshape(less(indexOf(context), reshape(realLengths, [batch, 1])), [batch, length, 1]), 'float32'));
  return multiply(x, real);
}

/**
 * The last `count` rows before the filling, counted over `past` [batch, count, channels] and `x` [batch, length, channels]. Picked by a product
 * with zeros and ones, which is exact.
 */
export function lastRealRows(x: Value, past: Value | undefined, count: number, realLengths: Value, context: LayerContext): Value {
  const { batch } = context;
  const rows = past === undefined ? pad(x, 1, count, 0) : concat([past, x], 1);
  const ordinals = constant([1, count], Array.from({ length: count }, (_, i) => i), 'int64');
  const ends = add(reshape(realLengths, [batch, 1]), ordinals); // [batch, count]
  const indices = concat([add(multiply(reshape(realLengths, [batch, 1]), 0), ordinals), add(indexOf(context), count)], 1); // [batch, count + length]
  const picks = equal(reshape(indices, [batch, 1, indices.shape[1]!]), reshape(ends, [batch, count, 1]));
  return matMul(cast(picks, 'float32'), rows);
}
