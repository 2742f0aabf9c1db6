import { GraphError } from './error.js';

/** A size, or the name of one that is known only when the graph runs (`batch`, or a sum or product such as `prefix + length`). */
export type Dimension = number | string;
export type Shape = readonly Dimension[];

export const showShape = (shape: Shape): string => `[${shape.join(', ')}]`;

export const sameShape = (left: Shape, right: Shape): boolean =>
  left.length === right.length && left.every((dimension, axis) => dimension === right[axis]);

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
        throw new GraphError({ where, expected: 'shapes that broadcast', got: shapes.map(showShape).join(' and '), hint: `Axis ${axis} differs.` });
      }
      common = dimension;
    }
    return common;
  });
}

export function addDimensions(dimensions: readonly Dimension[]): Dimension {
  const known = dimensions.filter((dimension) => typeof dimension === 'number').reduce((sum, size) => sum + size, 0);
  const names = dimensions.filter((dimension) => typeof dimension === 'string');
  if (names.length === 0) return known;
  return [...names, ...(known === 0 ? [] : [String(known)])].join(' + ');
}

export function multiplyDimensions(dimensions: readonly Dimension[]): Dimension {
  const known = dimensions.filter((dimension) => typeof dimension === 'number').reduce((product, size) => product * size, 1);
  const names = dimensions.filter((dimension) => typeof dimension === 'string').flatMap((name) => name.split(' * ')).sort();
  if (names.length === 0) return known;
  return [...(known === 1 ? [] : [String(known)]), ...names].join(' * ');
}

export type Bindings = ReadonlyMap<string, number>;

/** The size of a dimension once the symbols of the graph's inputs are known. */
export function resolveDimension(dimension: Dimension, bindings: Bindings): number {
  if (typeof dimension === 'number') return dimension;
  return dimension.split(' + ').reduce((sum, term) => sum + term.split(' * ').reduce((product, factor) => {
    const size = /^\d+$/.test(factor) ? Number(factor) : bindings.get(factor);
    if (size === undefined) {
      throw new GraphError({ where: 'dimension', expected: `a size for ${factor}`, got: `sizes for ${[...bindings.keys()].join(', ') || 'nothing'}` });
    }
    return product * size;
  }, 1), 0);
}

export const resolveShape = (shape: Shape, bindings: Bindings): number[] => shape.map((dimension) => resolveDimension(dimension, bindings));

/** The shape as numbers. @throws GraphError where it is symbolic. */
export function concreteShape(where: string, shape: Shape): readonly number[] {
  return shape.map((dimension) => {
    if (typeof dimension === 'number') return dimension;
    throw new GraphError({ where, expected: 'a concrete shape', got: showShape(shape), hint: 'Gradients and training graphs need sizes, not names.' });
  });
}

export const elementCount = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** Elements to step over for one step along each axis of a row-major tensor. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}
