import { elementCount, stridesOf } from '../shape.js';

/** A tensor of the float64 interpreter, row-major. Integers and booleans are doubles too (exact to 2^53). */
export interface Reference {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export const reference = (shape: readonly number[], data: ArrayLike<number>): Reference => ({ shape, data: Float64Array.from(data) });

export const emptyReference = (shape: readonly number[]): Reference => ({ shape, data: new Float64Array(elementCount(shape)) });

/** Calls `visit(flatIndex, coordinates)` for every element in row-major order. The coordinates array is reused. */
export function forEachIndex(shape: readonly number[], visit: (flat: number, coordinates: readonly number[]) => void): void {
  const coordinates = new Array<number>(shape.length).fill(0);
  const count = elementCount(shape);
  for (let flat = 0; flat < count; flat++) {
    visit(flat, coordinates);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      coordinates[axis]!++;
      if (coordinates[axis]! < shape[axis]!) break;
      coordinates[axis] = 0;
    }
  }
}

/** Strides with which `shape` is read when it is stretched to `target` (0 along broadcast axes). */
export function broadcastStrides(shape: readonly number[], target: readonly number[]): number[] {
  const strides = stridesOf(shape);
  return target.map((_, axis) => {
    const own = axis - target.length + shape.length;
    return own < 0 || shape[own] === 1 ? 0 : strides[own]!;
  });
}

export const offsetOf = (coordinates: readonly number[], strides: readonly number[]): number =>
  coordinates.reduce((offset, coordinate, axis) => offset + coordinate * strides[axis]!, 0);

/** Views a tensor as [before, size of axis, after]. */
export function splitAtAxis(
  shape: readonly number[],
  axis: number,
): { readonly before: number; readonly size: number; readonly after: number } {
  return { before: elementCount(shape.slice(0, axis)), size: shape[axis]!, after: elementCount(shape.slice(axis + 1)) };
}
