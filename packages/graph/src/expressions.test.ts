import { describe, expect, test } from 'vitest';
import {
  GraphError, add, broadcastTo, cast, concat, constant, equal, evaluate, input, logSumExp, maximum, multiply, nodesInOrder, pad, parameter,
  reduceMean, reduceSum, reference, reshape, scatterRows, slice, softmax, split, transpose, where,
} from './index.js';
import type { Value } from './index.js';
import { checkGradient, randomReference } from './testing/index.js';

const x = input('x', [2, 3]);
const feeds = { x: reference([2, 3], [1, 2, 6, -1, 0, 4]) };
const numbers = (value: Value): readonly number[] => Array.from(evaluate([value], feeds)[0]!.data);

describe('logSumExp', () => {
  test('is the logarithm of the sum of exponentials, far from zero too', () => {
    const y = evaluate([logSumExp(input('far', [2, 3]))], { far: reference([2, 3], [1000, 1000 + Math.LN2, 1000, -1e9, -2000, -2000]) })[0]!;
    expect(y.shape).toEqual([2]);
    expect(y.data[0]).toBeCloseTo(1000 + Math.log(4), 10);
    expect(y.data[1]).toBeCloseTo(-2000 + Math.LN2, 10);
  });

  test('has softmax as its gradient, and second derivatives', () => {
    const report = checkGradient(({ logits }) => logSumExp(logits), { logits: randomReference([2, 3, 5], 4, { from: -3, to: 3 }) }, { seed: 5, order: 2 });
    expect(report).toMatchObject({ passed: 4, excused: 0 });
  });
});

test('a mean divides by the sizes of its axes alone', () => {
  expect(numbers(reduceMean(x))).toEqual([2]);
  expect(numbers(reduceMean(x, { axes: [-1] }))).toEqual([3, 1]);
  expect(numbers(reduceMean(x, { axes: [0], keepDimensions: true }))).toEqual([0, 1, 5]);
  expect(reduceMean(input('batched', ['batch', 5]), { axes: [1] }).shape).toEqual(['batch']);
});

test('pieces of a split, concatenated, are the value', () => {
  const pieces = split(x, -1, [1, 2]);
  expect(pieces.map(({ shape }) => shape)).toEqual([[2, 1], [2, 2]]);
  expect(numbers(concat(pieces, 1))).toEqual(Array.from(feeds.x.data));
  expect(numbers(pieces[1]!)).toEqual([2, 6, 0, 4]);
});

test('rows are scattered by indices of any rank, also none', () => {
  const rows = constant([1, 2, 3], [1, 2, 3, 4, 5, 6]);
  expect(numbers(scatterRows(rows, constant([1, 2], [2, 2], 'int64'), 3))).toEqual([0, 0, 0, 0, 0, 0, 5, 7, 9]);
  expect(numbers(scatterRows(constant([3], [1, 2, 3]), constant([], [1], 'int64'), 2))).toEqual([0, 0, 0, 1, 2, 3]);
});

describe('what changes nothing builds nothing', () => {
  test.each<[string, (value: Value) => Value]>([
    ['reshape', (value) => reshape(value, [2, 3])],
    ['transpose', (value) => transpose(value, [0, 1])],
    ['broadcastTo', (value) => broadcastTo(value, [2, 3])],
    ['cast', (value) => cast(value, 'float32')],
    ['pad', (value) => pad(value, 0, 0, 0)],
    ['concat', (value) => concat([value], 1)],
  ])('%s', (_, build) => { expect(build(x)).toBe(x); });

  test('and a slice of everything or a sum over no axes is still a value of that shape', () => {
    expect(numbers(slice(x, 0, 0, 2))).toEqual(numbers(x));
    expect(numbers(reduceSum(x, { axes: [] }))).toEqual(numbers(x));
  });
});

describe('a number beside a value', () => {
  test('is a scalar of its type, on either side', () => {
    const ids = input('ids', [3], 'int64');
    expect([add(ids, 1), add(1, ids), multiply(x, 2), maximum(0, x)].map(({ type, shape }) => [type, shape])).toEqual([
      ['int64', [3]], ['int64', [3]], ['float32', [2, 3]], ['float32', [2, 3]],
    ]);
    expect(where(equal(ids, 3), 0, ids).type).toBe('int64');
    expect(where(equal(ids, 3), 0, 1).type).toBe('float32');
  });

  test('has to be one that the type holds', () => {
    expect(() => add(input('ids', [3], 'int64'), 0.5)).toThrow(GraphError);
  });
});

test('axes count from the end in every expression that takes one', () => {
  expect(numbers(softmax(x, -1))).toEqual(numbers(softmax(x, 1)));
  expect(numbers(slice(x, -2, 1, 2))).toEqual([-1, 0, 4]);
  expect(numbers(pad(x, -1, 1, 0))).toEqual([0, 1, 2, 6, 0, -1, 0, 4]);
});

test('nodes come after what they read, each once, in the order of first use', () => {
  const [a, b] = [add(x, 1), multiply(x, parameter('w', [3]))];
  const both = add(multiply(a, b), a);
  expect(nodesInOrder([both, a]).map(({ op }) => op)).toEqual(['add', 'multiply', 'multiply', 'add']);
  expect(nodesInOrder([a, both])[0]).toBe(a.origin.kind === 'operation' && a.origin.node);
});
