import { array, boolean, check, constantFrom, integer, property, tuple } from 'fast-check';
import { expect, test } from 'vitest';
import { broadcastShapes, concreteShape, normalizeAxis, normalizeShape, sameShape, stridesOf } from './shape.js';
import type { Shape } from './shape.js';

/** A shape and two that stretch to it: axes set to 1, leading axes left off. */
const stretched = array(tuple(constantFrom(2, 3, 5, 'batch'), boolean(), boolean()), { maxLength: 5 }).chain((axes) =>
  tuple(integer({ min: 0, max: axes.length }), integer({ min: 0, max: axes.length })).map(([left, right]) => ({
    whole: axes.map(([size]) => size) as Shape,
    left: axes.map(([size, one]) => (one ? 1 : size)).slice(left) as Shape,
    right: axes.map(([size, , one]) => (one ? 1 : size)).slice(right) as Shape,
  })),
);
const holds = (law: Parameters<typeof check>[0]): void => {
  expect(check(law, { seed: 3, numRuns: 400 })).toMatchObject({ failed: false });
};

test('shapes broadcast to the larger size of every axis, in any order', () => {
  holds(property(stretched, ({ whole, left, right }) =>
    sameShape(broadcastShapes('here', left, whole, right), whole)
    && sameShape(broadcastShapes('here', left, right), broadcastShapes('here', right, left))
    && sameShape(broadcastShapes('here', whole, []), whole)));
});

test('sizes that differ and are not 1 are refused, symbols too', () => {
  expect(() => broadcastShapes('add', [2, 3], [4, 1, 2])).toThrow(
    /^add: expected shapes that broadcast; got \[2, 3\] and \[4, 1, 2\]\. Axis 2 differs\.$/,
  );
  expect(() => broadcastShapes('add', ['batch', 3], [2, 1])).toThrow(/\[batch, 3\] and \[2, 1\]\. Axis 0 differs/);
  expect(() => broadcastShapes('add', ['batch'], ['length'])).toThrow(/Axis 0 differs/);
});

test('strides count the elements behind an axis', () => {
  holds(property(array(integer({ min: 1, max: 5 }), { maxLength: 5 }), (shape) =>
    stridesOf(shape).every((stride, axis) => stride === shape.slice(axis + 1).reduce((count, size) => count * size, 1))));
});

test('axes count from either end', () => {
  expect([-3, -1, 0, 2].map((axis) => normalizeAxis('here', axis, 3))).toEqual([0, 2, 0, 2]);
  for (const axis of [3, -4, 0.5, NaN]) {
    expect(() => normalizeAxis('softmax', axis, 3)).toThrow(/^softmax: expected an axis of a value of rank 3; got/);
  }
});

test('a symbolic shape is not concrete', () => {
  expect(concreteShape('here', [2, 3])).toEqual([2, 3]);
  expect(() => concreteShape('topK gradient', ['batch', 3])).toThrow(
    /^topK gradient: expected a concrete shape; got \[batch, 3\]\. Gradients and training graphs need sizes, not names\.$/,
  );
});

test('a shape that is none is named', () => {
  expect(() => normalizeShape('input x', [2, -3])).toThrow(
    /^input x \[2, -3\]: expected sizes that are integers from 0 on, or names; got -3\.$/,
  );
});
