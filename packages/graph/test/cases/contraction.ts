import { matMul } from '../../src/index.js';
import type { OpName } from '../../src/index.js';
import { at, random, sum, tabulate } from './case.js';
import type { Case, Fed } from './case.js';

const swapped = ([rows, columns]: readonly [number, number], transposed: boolean): readonly number[] =>
  transposed ? [columns, rows] : [rows, columns];

/** Product of [.., 3, 5] and [.., 5, 4], either stored transposed, with the entries summed one by one. */
function product(
  name: string,
  batches: readonly [readonly number[], readonly number[]],
  batch: readonly number[],
  transposeLeft: boolean,
  transposeRight: boolean,
): Case {
  const left = random([...batches[0], ...swapped([3, 5], transposeLeft)], 31);
  const right = random([...batches[1], ...swapped([5, 4], transposeRight)], 32);
  const entry = (operand: Fed, outer: readonly number[], row: number, column: number, transposed: boolean): number => {
    const own = operand.shape.slice(0, -2).map((size, axis) => (size === 1 ? 0 : outer[axis + outer.length - (operand.shape.length - 2)]!));
    return at(operand, ...own, ...swapped([row, column], transposed));
  };
  return {
    name: `${name}${transposeLeft ? ', left transposed' : ''}${transposeRight ? ', right transposed' : ''}`,
    inputs: [left, right],
    build: ([a, b]) => matMul(a!, b!, { transposeLeft, transposeRight }),
    expected: [tabulate([...batch, 3, 4], (...coordinates) => {
      const [outer, [i, j]] = [coordinates.slice(0, -2), coordinates.slice(-2) as [number, number]];
      return sum(5, (k) => entry(left, outer, i, k, transposeLeft) * entry(right, outer, k, j, transposeRight));
    })],
  };
}

const layouts = [
  ['matrices', [[], []], []],
  ['one batch', [[2], [2]], [2]],
  ['right shared by the batch', [[2], []], [2]],
  ['left shared by the batch', [[], [2]], [2]],
  ['batches stretch both ways', [[2, 1], [1, 3]], [2, 3]],
  ['right of lower rank', [[3, 2], [2]], [3, 2]],
] as const;

export const contractionCases = {
  matMul: layouts.flatMap(([name, batches, batch]) =>
    [false, true].flatMap((transposeLeft) =>
      [false, true].map((transposeRight) => product(name, batches, batch, transposeLeft, transposeRight)),
    ),
  ),
} satisfies Partial<{ readonly [K in OpName]: readonly Case[] }>;
