import { describe, expect, test } from 'vitest';
import { add, evaluate, exp, gather, gradients, input, matMul, multiply, parameter, reduceSum, reference, scalar, sin } from '../index.js';
import type { Value } from '../index.js';
import { checkGradient, randomReference, relativeDifference, uniforms } from './index.js';

const point = { a: randomReference([3, 5], 1), b: randomReference([5, 2], 2) };
const product = ({ a, b }: { readonly a: Value; readonly b: Value }): Value => sin(matMul(a, b));
type Differentiate = typeof gradients;
/** `gradients` with its answer for source `which` changed. */
const altered = (which: number, change: (gradient: Value) => Value): Differentiate => (loss, sources) =>
  gradients(loss, sources).map((gradient, i) => (i === which ? change(gradient) : gradient));

describe('a right gradient passes', () => {
  test.each([1, 2, 3, 4, 5])('seed %i, far within the tolerance', (seed) => {
    const report = checkGradient(product, point, { seed, directions: 3, order: 2 });
    expect(report).toMatchObject({ passed: 12, excused: 0 });
    expect(report.largestError).toBeLessThan(1e-7);
  });

  test('of parameters that the function makes itself, and with integers fed', () => {
    const table = ({ scale }: { readonly scale: Value }): Value =>
      multiply(exp(gather(parameter('table', [4, 3]), input('ids', [2, 2], 'int64'))), scale);
    const report = checkGradient(
      table,
      { scale: reference([3], [1, 2, 3]), table: randomReference([4, 3], 3) },
      { seed: 1, feeds: { ids: reference([2, 2], [3, 0, 3, 1]) } },
    );
    expect(report.passed).toBe(4);
  });
});

describe('a wrong gradient is caught', () => {
  test.each<[string, Differentiate]>([
    ['1.01 times too large', altered(0, (gradient) => multiply(gradient, 1.01))],
    ['1.01 times too large for the second source', altered(1, (gradient) => multiply(gradient, 1.01))],
    ['off by a constant of 1e-5', altered(0, (gradient) => add(gradient, 1e-5))],
    ['zero', altered(1, (gradient) => multiply(gradient, 0))],
    ['not a number', altered(1, (gradient) => multiply(gradient, scalar(NaN)))],
  ])('%s', (_, differentiate) => {
    expect(() => checkGradient(product, point, { seed: 1, differentiate })).toThrow(
      /^checkGradient: [ab]: expected [-\d.e]+, by central difference; got [-\d.eNa]+, relative error/,
    );
  });

  test('in its own derivative alone', () => {
    let calls = 0;
    const wrongAgain: Differentiate = (loss, sources) =>
      gradients(loss, sources).map((gradient) => multiply(gradient, calls++ < 2 ? 1 : 1.01));
    expect(() => checkGradient(product, point, { seed: 1, order: 2, differentiate: wrongAgain })).toThrow(
      /^checkGradient: a, second derivative: .* relative error (9\.9e-3|1\.0e-2)/,
    );
  });

  test.each([1, 2, 3, 4, 5, 6, 7])('1.01 times too large, seed %i', (seed) => {
    expect(() => checkGradient(product, point, { seed, differentiate: altered(0, (gradient) => multiply(gradient, 1.01)) })).toThrow(
      /relative error (9\.9e-3|1\.0e-2)/,
    );
  });
});

describe('nothing passes by being small', () => {
  test('a derivative of zero is no evidence', () => {
    expect(() => checkGradient(({ x }) => multiply(x, 0), { x: reference([2], [1, 2]) }, { seed: 1 })).toThrow(
      /^checkGradient: x: expected a derivative that is not zero; got only zeros\. Choose another point, or leave this source out\.$/,
    );
  });

  test('a wrong derivative below the absolute tolerance is excused and not counted', () => {
    const tiny = ({ x }: { readonly x: Value }): Value => multiply(x, 1e-10);
    const wrong = altered(0, (gradient) => multiply(gradient, 2));
    expect(() => checkGradient(tiny, { x: reference([2], [1, 2]) }, { seed: 1, differentiate: wrong })).toThrow(
      /a derivative that is not zero/,
    );
    expect(() => checkGradient(tiny, { x: reference([2], [1, 2]) }, { seed: 1, differentiate: wrong, absolute: 0 })).toThrow(
      /by central difference/,
    );
  });

  test('a source that the output does not read is named', () => {
    expect(() => checkGradient(({ a }) => a, point, { seed: 1 })).toThrow(
      /^checkGradient: b: expected one float32 leaf of this name that the output depends on; got 0\./,
    );
  });
});

test('a relative difference is measured by the largest entry, and infinities must match', () => {
  const expected = reference([3], [100, 0.01, -Infinity]);
  expect(relativeDifference(reference([3], [100, 0.02, -Infinity]), expected)).toBeCloseTo(1e-4, 12);
  expect(relativeDifference(reference([3], [100, 0.01, 5]), expected)).toBe(Infinity);
  expect(relativeDifference(reference([3], [100, NaN, -Infinity]), expected)).toBe(Infinity);
  expect(relativeDifference(reference([2], [NaN, 0]), reference([2], [NaN, 0]))).toBe(0);
  expect(relativeDifference(reference([1], [1e-30]), reference([1], [0]))).toBe(Infinity);
  expect(() => relativeDifference(reference([3], [1, 2, 3]), reference([3, 1], [1, 2, 3]))).toThrow(
    /^relativeDifference: expected \[3, 1\]; got \[3\]\.$/,
  );
});

test('random numbers depend on the seed alone, fill their range and are float32', () => {
  const { data } = randomReference([5000], 3, { from: -2, to: 6 });
  expect(randomReference([5000], 3, { from: -2, to: 6 }).data).toEqual(data);
  expect(randomReference([5000], 4, { from: -2, to: 6 }).data).not.toEqual(data);
  const histogram = new Array<number>(8).fill(0);
  for (const value of data) histogram[Math.floor(value + 2)]!++;
  for (const count of histogram) expect(Math.abs(count - 625)).toBeLessThan(120); // 5 standard deviations
  expect(data).toEqual(data.map(Math.fround));
  const next = uniforms(1);
  const pairs = Array.from({ length: 5000 }, () => (next() - 0.5) * (next() - 0.5)).reduce((sum, product) => sum + product, 0) / 5000;
  expect(Math.abs(pairs)).toBeLessThan(0.006); // 5 standard deviations of the correlation of neighbours
  expect(evaluate([reduceSum(input('x', [5000]))], { x: { shape: [5000], data } })[0]!.data[0]).toBeGreaterThan(9000);
});
