import { add, evaluate, input, matMul, multiply, nodesInOrder, parameter, reference, rmsNormalization } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import { expect, test } from 'vitest';
import { uniform } from '../test/tiny-model.js';
import { joinSums } from './joined-sums.js';

const draw = uniform(11);
const tensor = (...shape: readonly number[]): ReturnType<typeof reference> =>
  reference(shape, Float64Array.from({ length: shape.reduce((product, size) => product * size, 1) }, draw));
const feeds = { x: tensor(2, 3, 5), one: tensor(5), two: tensor(5), square: tensor(5, 5), shift: tensor(5) };
const weight = (name: keyof typeof feeds): Value => parameter(name, feeds[name].shape);
const ops = (outputs: Readonly<Record<string, Value>>): Readonly<Record<string, number>> => {
  const count = (op: string): number => nodesInOrder(Object.values(outputs)).filter((node) => node.op === op).length;
  return Object.fromEntries(['add', 'rmsNormalization', 'sumRmsNormalization'].map((op) => [op, count(op)]));
};

/** Two residual branches; beside them a sum that stretches, a norm of no sum, and a second norm of a sum. */
function graph(): Readonly<Record<string, Value>> {
  const x = input('x', [2, 3, 5]);
  const branch = (y: Value, name: 'one' | 'two', epsilon: number): Value => add(y, matMul(rmsNormalization(y, weight(name), epsilon), weight('square'), { transposeRight: true }));
  const last = branch(branch(x, 'one', 0.1), 'two', 0.2);
  return {
    last, norm: rmsNormalization(last, weight('one'), 0.3), again: rmsNormalization(last, weight('two'), 0.4),
    stretched: rmsNormalization(add(x, weight('shift')), weight('one'), 0.5), doubled: multiply(last, 2),
  };
}

test('a norm of a sum becomes one operator with it, other sums and norms stay, and every output stays what it was', () => {
  const [before, after] = [graph(), joinSums(graph())];
  expect([ops(before), ops(after)]).toEqual([{ add: 3, rmsNormalization: 5, sumRmsNormalization: 0 }, { add: 1, rmsNormalization: 3, sumRmsNormalization: 2 }]);
  expect(Object.keys(after)).toEqual(Object.keys(before));
  expect(evaluate(Object.values(after), feeds)).toEqual(evaluate(Object.values(before), feeds));
});
