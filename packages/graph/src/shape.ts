import { normalizeDimension, resolveDimension } from './dimension.js';
import type { Bindings, Dimension } from './dimension.js';
import { GraphError } from './error.js';

export type Shape = readonly Dimension[];

export const showShape = (shape: Shape): string => `[${shape.join(', ')}]`;

export const sameShape = (left: Shape, right: Shape): boolean =>
  left.length === right.length && left.every((dimension, axis) => dimension === right[axis]);

/** The shape with every dimension in normal form. @throws GraphError where a size is not one. */
export const normalizeShape = (where: string, shape: Shape): Shape =>
  shape.map((dimension) => normalizeDimension(`${where} ${showShape(shape)}`, dimension));

/** Axis counted from the front; negative axes count from the end. */
export function normalizeAxis(where: string, axis: number, rank: number): number {
  const normal = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(normal) || normal < 0 || normal >= rank) {
    throw new GraphError({ where, expected: `an axis of a value of rank ${rank}`, got: `${axis}` });
  }
  return normal;
}

/** Shapes aligned at their last axis; a size of 1 stretches (NumPy's rule). */
export function broadcastShapes(where: string, ...shapes: readonly Shape[]): Shape {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    let common: Dimension = 1;
    for (const shape of shapes) {
      const dimension = shape[axis - rank + shape.length] ?? 1;
      if (dimension === 1 || dimension === common) continue;
      if (common !== 1) {
        throw new GraphError({
          where,
          expected: 'shapes that broadcast',
          got: shapes.map(showShape).join(' and '),
          hint: `Axis ${axis} differs.`,
        });
      }
      common = dimension;
    }
    return common;
  });
}

export const resolveShape = (shape: Shape, bindings: Bindings): number[] => shape.map((dimension) => resolveDimension(dimension, bindings));

/** The shape as numbers. @throws GraphError where it is symbolic. */
export function concreteShape(where: string, shape: Shape): readonly number[] {
  return shape.map((dimension) => {
    if (typeof dimension === 'number') return dimension;
    throw new GraphError({
      where,
      expected: 'a concrete shape',
      got: showShape(shape),
      hint: 'Gradients and training graphs need sizes, not names.',
    });
  });
}

export const elementCount = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** Elements to step over for one step along each axis of a row-major tensor. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}
