import { array, boolean, check, integer, property, tuple } from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  absolute, add, cast, constant, evaluate, exp, floor, gradients, input, matMul, multiply, negate, nodesInOrder, parameter, reduceSum,
  reference, scalar, sin, subtract, tanh, topK, where, writeOnnx,
} from './index.js';
import type { Feeds, Reference, Value } from './index.js';
import { checkGradient, randomReference } from './testing/index.js';

const numbers = (value: Value, feeds: Feeds): readonly number[] => Array.from(evaluate([value], feeds)[0]!.data);
const x = input('x', [3]);
const feeds = { x: reference([3], [1, -2, 0.5]) };

describe('sums', () => {
  test('over the axes that broadcasting stretched, whatever they are', () => {
    const shapes = array(tuple(integer({ min: 1, max: 4 }), boolean()), { maxLength: 4 }).chain((axes) =>
      integer({ min: 0, max: axes.length }).map((missing) => ({
        whole: axes.map(([size]) => size),
        part: axes.map(([size, one]) => (one ? 1 : size)).slice(missing),
      })),
    );
    const law = property(shapes, integer(), ({ whole, part }, seed) => {
      const [weights, start] = [randomReference(whole, seed), randomReference(part, seed + 1)];
      const source = input('source', part);
      const [gradient] = gradients(reduceSum(multiply(constant(whole, weights.data), source)), [source]);
      return near(evaluate([gradient!], { source: start })[0]!, summedTo(part, weights));
    });
    expect(check(law, { seed: 9, numRuns: 150 })).toMatchObject({ failed: false });
  });

  test('over every use of a value, by several nodes and twice by one', () => {
    const square = multiply(x, x);
    const loss = reduceSum(add(add(square, multiply(square, x)), x)); // x² + x³ + x
    expect(numbers(gradients(loss, [x])[0]!, feeds)).toEqual([1, -2, 0.5].map((v) => 2 * v + 3 * v * v + 1));
  });

  test('over uses of each output of one node', () => {
    const { values, indices } = topK(x, 2);
    const loss = add(reduceSum(multiply(values, values)), reduceSum(multiply(cast(indices, 'float32'), values))); // 1² + 0.5² + 0·1 + 2·0.5
    expect(numbers(gradients(loss, [x])[0]!, feeds)).toEqual([2, 0, 3]);
  });
});

describe('sources', () => {
  test('that the loss does not depend on get zeros of their shape', () => {
    const apart = input('apart', [2, 3]);
    const [own, other] = gradients(reduceSum(x), [x, apart]);
    expect(evaluate([own!, other!], feeds)).toEqual([reference([3], [1, 1, 1]), reference([2, 3], [0, 0, 0, 0, 0, 0])]);
  });

  test('may lie inside the graph, repeat, or be the loss', () => {
    const inner = sin(x);
    const loss = reduceSum(multiply(inner, inner));
    const [first, again, outer, whole] = gradients(loss, [inner, inner, x, loss]);
    const sines = [1, -2, 0.5].map((v) => 2 * Math.sin(v));
    expect(numbers(first!, feeds)).toEqual(sines);
    expect(numbers(again!, feeds)).toEqual(sines);
    expect(numbers(outer!, feeds)).toEqual([1, -2, 0.5].map((v, i) => sines[i]! * Math.cos(v)));
    expect(numbers(whole!, feeds)).toEqual([1]);
  });

  test('alone decide what is built: no product for the input where only the weight is asked for', () => {
    const [rows, weight] = [input('rows', [4, 3]), parameter('weight', [3, 2])];
    const loss = reduceSum(multiply(matMul(exp(rows), weight), 2));
    const products = (sources: readonly Value[]): number =>
      nodesInOrder(gradients(loss, sources)).filter(({ op }) => op === 'matMul').length;
    expect([products([weight]), products([rows]), products([weight, rows])]).toEqual([1, 1, 2]);
  });

  test('past a step are unreachable only on that way', () => {
    const steps = floor(x);
    const loss = reduceSum(add(multiply(x, x), steps));
    const apart = input('apart', []);
    expect(numbers(gradients(multiply(loss, apart), [apart])[0]!, { ...feeds, apart: reference([], [5]) })).toEqual([1 + 4 + 0.25 + 1 - 2]);
    expect(() => gradients(loss, [x])).toThrow(/^gradient of floor: expected a differentiable operation; got piecewise constant\.$/);
  });

  test('chosen by a condition get the gradient of the side that was taken', () => {
    const loss = reduceSum(where(constant([3], [1, 0, 1], 'bool'), multiply(x, 3), multiply(x, x)));
    expect(numbers(gradients(loss, [x])[0]!, feeds)).toEqual([3, -4, 3]);
  });
});

describe('second derivatives', () => {
  test('of x⁴ - x³ are 12 x² - 6 x, and the third 24 x - 6', () => {
    const cube = multiply(multiply(x, x), x);
    const derivative = (y: Value): Value => gradients(reduceSum(y), [x])[0]!;
    const second = derivative(derivative(subtract(multiply(cube, x), cube)));
    expect(numbers(second, feeds)).toEqual([1, -2, 0.5].map((v) => 12 * v * v - 6 * v));
    expect(numbers(derivative(second), feeds)).toEqual([1, -2, 0.5].map((v) => 24 * v - 6));
  });

  test('of a step of gradient descent inside the loss, as fast weights take it', () => {
    const point = {
      w: randomReference([3, 2], 1),
      a: randomReference([5, 3], 2),
      b: randomReference([5, 2], 3),
      rate: reference([], [0.3]),
    };
    const report = checkGradient(
      ({ w, a, b, rate }) => {
        const error = subtract(matMul(a, w), b);
        const [inner] = gradients(reduceSum(multiply(error, error)), [w]);
        return tanh(matMul(a, subtract(w, multiply(rate, inner!))));
      },
      point,
      { seed: 4, order: 2 },
    );
    expect(report).toMatchObject({ passed: 16, excused: 0 });
  });

  test('of |x| are zero on either side', () => {
    const [first] = gradients(reduceSum(multiply(absolute(x), scalar(3))), [x]);
    expect(numbers(gradients(reduceSum(multiply(first!, x)), [x])[0]!, feeds)).toEqual([3, -3, 3]);
  });
});

test('20,000 nodes in a row are differentiated, evaluated and written without running out of stack', () => {
  const start = input('start', []);
  let y: Value = start;
  for (let i = 0; i < 10_000; i++) y = subtract(i % 5000 === 0 ? multiply(y, 3) : negate(y), 0.5); // two turns of -y - 0.5 give y back
  const [gradient] = gradients(y, [start]);
  const at = { start: reference([], [2]) };
  const turn = (value: number): number => -value - 0.5;
  expect(numbers(y, at)).toEqual([turn(3 * turn(3 * 2 - 0.5) - 0.5)]);
  expect(numbers(gradient!, at)).toEqual([9]);
  expect(nodesInOrder([y])).toHaveLength(20_000);
  expect(writeOnnx({ outputs: { y } }).length).toBeGreaterThan(5e5);
});

describe('what cannot be differentiated says so', () => {
  const ids = input('ids', [3], 'int64');
  test.each([
    ['a loss that is no scalar', () => gradients(x, [x]), /^gradients: expected a scalar loss of float32; got float32 \[3\]\. Sum it\.$/],
    ['an integer loss', () => gradients(reduceSum(ids), [x]), /^gradients: expected a scalar loss of float32; got int64 \[\]/],
    [
      'an integer source',
      () => gradients(reduceSum(x), [ids]),
      /^gradients: source: expected float32; got int64 \[3\]\. Integers and booleans have no gradient\.$/,
    ],
    [
      'a symbolic source',
      () => gradients(reduceSum(input('y', ['batch'])), [input('y', ['batch'])]),
      /^gradients: source: expected a concrete shape; got \[batch\]/,
    ],
    [
      'a symbolic shape on the way',
      () => gradients(reduceSum(add(input('y', ['batch', 3]), x)), [x]),
      /^reduceSum gradient: expected a concrete shape; got \[batch, 3\]\. Gradients and training graphs need sizes, not names\.$/,
    ],
  ])('%s', (_, build, message) => {
    expect(build).toThrow(message);
  });
});

/** Sums whole into part, element by element. */
function summedTo(part: readonly number[], whole: Reference): Reference {
  const strides = (shape: readonly number[]): readonly number[] =>
    shape.map((size, axis) => (size === 1 ? 0 : shape.slice(axis + 1).reduce((count, next) => count * next, 1)));
  const result = reference(part, new Array<number>(part.reduce((count, size) => count * size, 1)).fill(0));
  const steps = strides(part);
  whole.data.forEach((value, flat) => {
    let [rest, offset] = [flat, 0];
    for (let axis = whole.shape.length - 1; axis >= 0; axis--) {
      const coordinate = rest % whole.shape[axis]!;
      rest = Math.floor(rest / whole.shape[axis]!);
      offset += coordinate * (steps[axis - (whole.shape.length - part.length)] ?? 0);
    }
    result.data[offset]! += value;
  });
  return result;
}

const near = (left: Reference, right: Reference): boolean =>
  left.shape.join() === right.shape.join() && left.data.every((value, i) => Math.abs(value - right.data[i]!) < 1e-12);
