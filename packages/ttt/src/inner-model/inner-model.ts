import { add, constant, matMul, pad, slice } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';

/** One affine map among fast weights; its bias is one row more below its matrix, for which inputs end with a one. */
export interface AffineMap {
  readonly weight: string;
  readonly bias: string;
  readonly from: number;
  readonly to: number;
}

/** What a map of the inner model was shown and how the loss slopes at what it made of it: their product is its gradient. */
export interface Lesson {
  readonly input: Value; // [batch, heads, tokens, from + 1]
  readonly slope: Value; // [batch, heads, tokens, to]
}

/** A map of the inner model in use, whatever its weights are made of. */
export interface UsedMap {
  /** x [batch, heads, tokens, from + 1] -> [batch, heads, tokens, to]. */
  readonly ahead: (x: Value) => Value;
  /** Slopes [batch, heads, tokens, to] at what it gives -> [batch, heads, tokens, from] at what it was given; the bias does not look back. */
  readonly back: (slope: Value) => Value;
}

/** The small model whose weights are the state: one for each head. */
export interface InnerModel {
  /** First to last, for heads of a size. */
  readonly maps: (headSize: number) => readonly AffineMap[];
  /** What it says of x [batch, heads, tokens, headSize + 1], given its maps as functions; [batch, heads, tokens, headSize]. */
  readonly say: (x: Value, maps: readonly ((x: Value) => Value)[]) => Value;
  /** Backpropagation through its maps: `slope` is the loss's at what the model says. */
  readonly study: (x: Value, maps: readonly UsedMap[], slope: (said: Value) => Value) => readonly Lesson[];
}

/** x and a one at the end of each row, [.., size] -> [.., size + 1]. */
export function withOne(x: Value): Value {
  const size = Number(x.shape.at(-1));
  return add(pad(x, -1, 0, 1), constant([size + 1], Array.from({ length: size + 1 }, (_, i) => Number(i === size))));
}

/** Without the row of the bias, [.., from + 1, to] -> [.., from, to]. */
const withoutBias = (weight: Value): Value => slice(weight, -2, 0, Number(weight.shape.at(-2)) - 1);

/** The map by weights [batch, heads, from + 1, to]. */
export const mapBy = (weight: Value): UsedMap => ({
  ahead: (x) => matMul(x, weight), back: (slope) => matMul(slope, withoutBias(weight), { transposeRight: true }),
});

/** The map by the sum of two maps' weights, which is not built: for a few rows two products are less than a sum of matrices. */
export const sumOfMaps = (left: UsedMap, right: UsedMap): UsedMap => ({
  ahead: (x) => add(left.ahead(x), right.ahead(x)), back: (slope) => add(left.back(slope), right.back(slope)),
});
