import { reference } from '../../src/index.js';
import type { DataType, Reference, Value } from '../../src/index.js';
import { randomReference } from '../../src/testing/index.js';

/** One use of an operation: what is fed, what is built from it, and what is known about the result. */
export interface Case {
  readonly name: string;
  readonly inputs: readonly Fed[];
  readonly build: (inputs: readonly Value[]) => Value | readonly Value[];
  /** One per output, found by hand or by a formula of another form than the interpreter's. */
  readonly expected?: readonly Reference[];
  /** Inputs to differentiate, by index; all of float32 when absent. */
  readonly sources?: readonly number[];
  /** Derivatives to check: 2 when absent, 1 at a kink (where the gradient jumps), 0 where there is none to check. */
  readonly order?: 0 | 1 | 2;
}

export interface Fed extends Reference {
  readonly type: DataType;
}

const fed =
  (type: DataType) =>
  (shape: readonly number[], data: readonly number[]): Fed => ({ ...reference(shape, data), type });
export const floats: (shape: readonly number[], data: readonly number[]) => Fed = (shape, data) =>
  fed('float32')(shape, data.map(Math.fround));
export const integers: (shape: readonly number[], data: readonly number[]) => Fed = fed('int64');
export const flags: (shape: readonly number[], data: readonly number[]) => Fed = fed('bool');
export const random = (shape: readonly number[], seed: number, from = -1, to = 1): Fed => ({
  ...randomReference(shape, seed, { from, to }),
  type: 'float32',
});

/** A tensor whose entry at [i, j, ..] is `rule(i, j, ..)`. */
export function tabulate(shape: readonly number[], rule: (...coordinates: number[]) => number): Reference {
  const entries = (axes: readonly number[], coordinates: readonly number[]): readonly number[] => {
    const [size, ...rest] = axes;
    return size === undefined ? [rule(...coordinates)] : Array.from({ length: size }, (_, i) => entries(rest, [...coordinates, i])).flat();
  };
  return reference(shape, entries(shape, []));
}

/** The entry at [i, j, ..]. */
export const at = ({ shape, data }: Reference, ...coordinates: number[]): number =>
  data[coordinates.reduce((offset, coordinate, axis) => offset * shape[axis]! + coordinate, 0)]!;

export const sum = (count: number, term: (i: number) => number): number =>
  Array.from({ length: count }, (_, i) => term(i)).reduce((total, value) => total + value, 0);
