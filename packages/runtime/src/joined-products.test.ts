import { add, evaluate, input, matMul, multiply, nodesInOrder, parameter, reference } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import { expect, test } from 'vitest';
import { uniform } from '../test/tiny-model.js';
import { joinProducts } from './joined-products.js';

const draw = uniform(5);
const tensor = (...shape: readonly number[]): ReturnType<typeof reference> =>
  reference(shape, Float64Array.from({ length: shape.reduce((product, size) => product * size, 1) }, draw));
const feeds = {
  x: tensor(2, 3, 5), wide: tensor(7, 5), narrow: tensor(2, 5), square: tensor(5, 5), late: tensor(4, 5), plain: tensor(5, 3), other: tensor(2, 5),
};
const matrix = (name: 'wide' | 'narrow' | 'square' | 'late' | 'other'): Value => parameter(name, feeds[name].shape);
const by = (x: Value, weight: Value): Value => matMul(x, weight, { transposeRight: true });
const count = (outputs: Readonly<Record<string, Value>>, op: string): number => nodesInOrder(Object.values(outputs)).filter((node) => node.op === op).length;

/** Two groups, the second behind the first; beside them a matrix that is not transposed, and a product of two inputs' rows. */
const graph = (): Readonly<Record<string, Value>> => {
  const x = input('x', [2, 3, 5]);
  const square = by(x, matrix('square'));
  const [wide, narrow] = [by(x, matrix('wide')), by(x, matrix('narrow'))];
  const late = by(square, matrix('late'));
  return { wide, sum: add(narrow, by(square, matrix('other'))), late: multiply(late, 2), plain: matMul(x, parameter('plain', [5, 3])), scores: by(square, x) };
};

test('products of the same rows become one each, and every output stays what it was', () => {
  const [before, after] = [graph(), joinProducts(graph())];
  expect([count(before, 'matMul'), count(before, 'slice')]).toEqual([7, 0]);
  expect([count(after, 'matMul'), count(after, 'concat'), count(after, 'slice')]).toEqual([4, 2, 5]);
  expect(Object.keys(after)).toEqual(Object.keys(before));
  expect(evaluate(Object.values(after), feeds)).toEqual(evaluate(Object.values(before), feeds));
});

test('a graph without such products stays as it is', () => {
  const alone = (): Readonly<Record<string, Value>> => ({ y: by(by(input('x', [2, 3, 5]), matrix('square')), matrix('wide')) });
  expect(count(joinProducts(alone()), 'matMul')).toBe(2);
  expect(count(joinProducts(alone()), 'slice')).toBe(0);
});
