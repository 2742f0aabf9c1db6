import { add, constant, evaluate, gather, input, matMul, nodesInOrder, parameter, reference } from '@palimpsest/graph';
import { expect, test } from 'vitest';
import { uniform } from '../test/tiny-model.js';
import { copySharedMatrices } from './shared-matrices.js';

const draw = uniform(3);
const tensor = (...shape: readonly [number, number]): ReturnType<typeof reference> => reference(shape, Float64Array.from({ length: shape[0] * shape[1] }, draw));

test('a table that is looked up and multiplied with is copied for the product alone, and every output stays what it was', () => {
  const graph = (): Parameters<typeof copySharedMatrices>[0] => {
    const [table, own] = [parameter('table', [8, 4]), parameter('own', [4, 4])];
    const looked = gather(table, constant([3], [7, 0, 7], 'int64'));
    const mixed = add(matMul(looked, own, { transposeRight: true }), matMul(input('x', [3, 5]), parameter('plain', [5, 4])));
    return { looked, scores: matMul(mixed, table, { transposeRight: true }) };
  };
  const [before, after] = [graph(), copySharedMatrices(graph())];
  const feeds = { table: tensor(8, 4), own: tensor(4, 4), x: tensor(3, 5), plain: tensor(5, 4) };
  const count = (outputs: typeof before, op: string): number => nodesInOrder(Object.values(outputs)).filter((node) => node.op === op).length;
  expect([count(before, 'transpose'), count(after, 'transpose'), count(after, 'matMul')]).toEqual([0, 1, 3]);
  expect(Object.keys(after)).toEqual(Object.keys(before));
  expect(evaluate(Object.values(after), feeds)).toEqual(evaluate(Object.values(before), feeds));
});
