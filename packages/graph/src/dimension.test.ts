import { check, constantFrom, integer, array, oneof, property, record } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDimensions, divideDimension, multiplyDimensions, namesIn, normalizeDimension, resolveDimension, shortenDimension } from './dimension.js';
import type { Dimension } from './dimension.js';

const leaf = oneof(integer({ min: 0, max: 9 }), constantFrom('batch', 'length', 'prefix'));
const sums = array(array(leaf, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }).map((terms): Dimension =>
  addDimensions(terms.map(multiplyDimensions)),
);
const sizes = record({
  batch: integer({ min: 0, max: 7 }),
  length: integer({ min: 0, max: 11 }),
  prefix: integer({ min: 0, max: 13 }),
}).map((named) => new Map(Object.entries(named)));
const holds = (law: Parameters<typeof check>[0]): void => {
  expect(check(law, { seed: 5, numRuns: 400 })).toMatchObject({ failed: false });
};

describe('dimensions', () => {
  test('add and multiply as the sizes that they stand for', () => {
    holds(property(array(sums, { maxLength: 4 }), sizes, (dimensions, bindings) => {
      const known = dimensions.map((dimension) => resolveDimension(dimension, bindings));
      return resolveDimension(addDimensions(dimensions), bindings) === known.reduce((a, b) => a + b, 0)
        && resolveDimension(multiplyDimensions(dimensions), bindings) === known.reduce((a, b) => a * b, 1);
    }));
  });

  test('have one form: order and grouping do not matter, and known sums are numbers', () => {
    holds(property(sums, sums, sums, (a, b, c) =>
      addDimensions([a, b]) === addDimensions([b, a]) && multiplyDimensions([a, b]) === multiplyDimensions([b, a])
      && addDimensions([a, addDimensions([b, c])]) === addDimensions([addDimensions([a, b]), c])
      && multiplyDimensions([a, addDimensions([b, c])]) === addDimensions([multiplyDimensions([a, b]), multiplyDimensions([a, c])])
      && normalizeDimension('here', a) === a));
  });

  test('divide as the sizes that they stand for, rounded up, and what is divided can be added, multiplied and divided again', () => {
    holds(property(sums, sums, integer({ min: 1, max: 5 }), integer({ min: 1, max: 4 }), sizes, (a, b, by, then, bindings) => {
      const known = Math.ceil(resolveDimension(a, bindings) / by);
      const quotient = divideDimension(a, by);
      return resolveDimension(quotient, bindings) === known
        && resolveDimension(divideDimension(addDimensions([multiplyDimensions([quotient, b]), 3]), then), bindings) === Math.ceil((known * resolveDimension(b, bindings) + 3) / then)
        && normalizeDimension('here', quotient) === quotient
        && namesIn(quotient).every((name) => bindings.has(name));
    }));
  });

  test.each([
    [addDimensions(['prefix', 'length', 2, 'length']), '2 * length + prefix + 2'],
    [multiplyDimensions([2, 'prefix + length', 3]), '6 * length + 6 * prefix'],
    [multiplyDimensions(['length', 'batch', 'length']), 'batch * length * length'],
    [multiplyDimensions(['length', 0]), 0],
    [addDimensions([]), 0],
    [multiplyDimensions([]), 1],
    [normalizeDimension('here', 'prefix + length'), 'length + prefix'],
    [shortenDimension('here', '2 * length + 3', 2), '2 * length + 1'],
    [shortenDimension('here', 'length + 1', 1), 'length'],
  ])('%s', (dimension, expected) => { expect(dimension).toBe(expected); });

  test('name what they are made of', () => { expect(namesIn('2 * batch * length + prefix + 3')).toEqual(['batch', 'length', 'prefix']); });

  test('that are no sizes are refused', () => {
    expect(() => shortenDimension('slice', 'length + 1', 2)).toThrow(/^slice: expected a size of which at least 2 is known; got length \+ 1\.$/);
    expect(() => normalizeDimension('input x', -1)).toThrow(/^input x: expected sizes that are integers from 0 on, or names; got -1\.$/);
    expect(() => normalizeDimension('input x', 1.5)).toThrow(/got 1\.5/);
    expect(() => normalizeDimension('input x', ' ')).toThrow(/got ' '/);
  });

  test('that have no size say which name lacks one', () => {
    expect(() => resolveDimension('batch + prefix', new Map([['batch', 2]]))).toThrow(
      /^dimension batch \+ prefix: expected a size for prefix; got sizes for batch\. Some input needs an axis that is prefix alone\.$/,
    );
  });
});
