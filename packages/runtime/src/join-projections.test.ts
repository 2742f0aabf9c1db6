import { constant, evaluate, input, matMul, multiply, nodesInOrder, parameter, reference, silu } from '@palimpsest/graph';
import { expect, test } from 'vitest';
import { uniform } from '../test/tiny-model.js';
import { joinProjections } from './join-projections.js';

const draw = uniform(3);
const numbers = (count: number): Float64Array => Float64Array.from({ length: count }, draw);
const project = { transposeRight: true };

/** A gated MLP beside products that must stay as they are: another input, a constant, a weight that is not transposed. */
function graph(): Parameters<typeof joinProjections>[0] {
  const [x, other] = [input('x', [2, 3]), input('other', [2, 3])];
  const up = matMul(x, parameter('up', [5, 3]), project);
  const hidden = multiply(silu(matMul(x, parameter('gate', [5, 3]), project)), up);
  const mixed = matMul(hidden, parameter('down', [4, 5]), project);
  return { mixed, up, alone: matMul(other, parameter('lone', [7, 3]), project), plain: matMul(x, parameter('plain', [3, 6])), fixed: matMul(x, constant([1, 3], [1, 2, 3]), project) };
}

test('products with one input become one, and every output stays what it was', () => {
  const [before, after] = [graph(), joinProjections(graph())];
  const feeds = Object.fromEntries(Object.entries({ x: [2, 3], other: [2, 3], up: [5, 3], gate: [5, 3], down: [4, 5], lone: [7, 3], plain: [3, 6] })
    .map(([name, shape]) => [name, reference(shape, numbers(shape[0]! * shape[1]!))]));
  const products = (outputs: typeof before): number => nodesInOrder(Object.values(outputs)).filter(({ op }) => op === 'matMul').length;
  expect([products(before), products(after)]).toEqual([6, 5]);
  expect(Object.keys(after)).toEqual(Object.keys(before));
  expect(evaluate(Object.values(after), feeds)).toEqual(evaluate(Object.values(before), feeds));
});
