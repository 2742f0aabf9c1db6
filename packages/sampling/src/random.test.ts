import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SamplingError } from './error.js';
import { philox4x32 } from './philox.js';
import { fillUniform, openInterval, openUniformAt, randomStream, uniformAt } from './random.js';

const seed = fc.maxSafeNat();
const coordinate = fc.integer({ min: 0, max: 0xffffffff });
const toFraction = (high: number, low: number): number => Number((BigInt(high) >> 5n) * 2n ** 26n + (BigInt(low) >> 6n)) / 2 ** 53;

/** Chi-square of counts against equal expectation. */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const covariance = a.reduce((sum, value, index) => sum + (value - 0.5) * (b[index]! - 0.5), 0) / a.length;
  return covariance * 12; // the variance of a uniform number is 1 / 12
}

describe('uniformAt', () => {
  test('is the documented piece of a Philox block', () => {
    fc.assert(
      fc.property(seed, coordinate, coordinate, coordinate, (value, pass, position, index) => {
        const low = Number(BigInt(value) & 0xffffffffn);
        const high = Number((BigInt(value) >> 32n) | (3n << 21n));
        const words = philox4x32([Math.floor(index / 2), pass, position, 0], [low, high]);
        const expected = index % 2 === 0 ? toFraction(words[0], words[1]) : toFraction(words[2], words[3]);
        expect(uniformAt(value, pass, position, index)).toBe(expected);
      }),
    );
  });

  test('differs by seed (also above 2^32), by coordinate and by number of coordinates', () => {
    const numbers = [
      uniformAt(0, 3), uniformAt(2 ** 32, 3), uniformAt(2 ** 52, 3), uniformAt(0, 0, 3), uniformAt(0, 3, 0), uniformAt(0, 0, 0, 3), uniformAt(0, 0, 0, 0, 3),
    ];
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  test('fillUniform fills what uniformAt gives, at odd lengths and each number of coordinates', () => {
    for (const coordinates of [[], [7], [7, 0xffffffff], [7, 11, 13]]) {
      const target = new Float64Array(37);
      fillUniform(target, 2 ** 40 + 5, ...coordinates);
      expect([...target]).toEqual(Array.from(target, (_, index) => uniformAt(2 ** 40 + 5, ...coordinates, index)));
    }
  });

  test('the open interval excludes both ends and moves a number by less than 2^-52', () => {
    const largest = 1 - 2 ** -53;
    expect(openInterval(0)).toBe(2 ** -53);
    expect(openInterval(largest)).toBeLessThan(1);
    fc.assert(
      fc.property(seed, coordinate, (value, index) => {
        expect(Math.abs(openUniformAt(value, index) - uniformAt(value, index))).toBeLessThan(2 ** -52);
      }),
    );
  });

  test('is uniform and neighbours do not correlate, for several seeds', () => {
    const count = 20_000;
    for (const value of [0, 1, 2 ** 32 + 1]) {
      const target = new Float64Array(count);
      fillUniform(target, value, 2, 3);
      const counts = new Array<number>(50).fill(0);
      for (const number of target) counts[Math.floor(number * 50)]! += 1;
      expect(chiSquare(counts)).toBeLessThan(94.0); // 49 degrees of freedom, p = 1e-4
      expect(Math.abs(correlation([...target.subarray(1)], [...target.subarray(0, -1)]))).toBeLessThan(4 / Math.sqrt(count));
    }
  });

  test('rejects seeds and coordinates out of range', () => {
    for (const bad of [-1, 0.5, Number.NaN, 2 ** 53]) expect(() => uniformAt(bad, 0)).toThrow(SamplingError);
    for (const bad of [-1, 0.5, Number.NaN, 2 ** 32]) expect(() => uniformAt(0, bad)).toThrow(`integers from 0 to 2^32 - 1; got ${bad}`);
    expect(() => uniformAt(0)).toThrow('1 to 4 coordinates; got 0');
    expect(() => uniformAt(0, 1, 2, 3, 4, 5)).toThrow('got 5');
    expect(() => fillUniform(new Float64Array(3), 0, 1, 2, 3, 4)).toThrow('0 to 3 coordinates; got 4');
  });
});

describe('randomStream', () => {
  const draw = (count: number, value: number, ...path: number[]): number[] => {
    const stream = randomStream(value, ...path);
    return Array.from({ length: count }, () => stream.uniform());
  };

  test('repeats by seed and path, and every other path is another stream', () => {
    expect(draw(9, 5, 1, 2)).toEqual(draw(9, 5, 1, 2));
    const paths = [[], [0], [1], [0, 0], [0, 1], [1, 0], [2 ** 32], [2 ** 53 - 1], [0, 0, 0]];
    const firsts = paths.flatMap((path) => draw(5, 5, ...path)).concat(draw(5, 6), draw(5, 5 + 2 ** 32));
    expect(new Set(firsts).size).toBe(firsts.length);
  });

  test('neighbouring paths, parent and child, and uniformAt do not correlate', () => {
    const count = 10_000;
    const streams = [draw(count, 9), draw(count, 9, 0), draw(count, 9, 1), draw(count, 9, 0, 0), draw(count, 10)];
    const firstOfEach = Array.from({ length: count }, (_, index) => randomStream(9, index).uniform());
    streams.push(firstOfEach, Array.from({ length: count }, (_, index) => uniformAt(9, index)));
    for (const [i, left] of streams.entries()) {
      for (const right of streams.slice(i + 1)) expect(Math.abs(correlation(left, right))).toBeLessThan(4.5 / Math.sqrt(count));
    }
  });

  test('integer is unbiased where a plain remainder is not', () => {
    const bound = 3 * 2 ** 51; // of 2^53: the remainder alone would put half of all draws in the first third
    const counts = [0, 0, 0];
    const stream = randomStream(1, 1);
    for (let count = 0; count < 6000; count++) counts[Math.floor(stream.integer(bound) / 2 ** 51)]! += 1;
    expect(chiSquare(counts)).toBeLessThan(18.4); // 2 degrees of freedom, p = 1e-4
  });

  test('integer covers 0 to bound - 1 and nothing else', () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: 1, max: 7 }), (value, bound) => {
        const stream = randomStream(value);
        const drawn = new Set(Array.from({ length: 200 }, () => stream.integer(bound)));
        expect([...drawn].sort()).toEqual(Array.from({ length: bound }, (_, index) => index));
      }),
      { numRuns: 50 },
    );
    for (const bad of [0, -1, 1.5, 2 ** 53]) expect(() => randomStream(0).integer(bad)).toThrow(SamplingError);
  });

  test('shuffle draws each of the 24 orders of four equally often and leaves its argument alone', () => {
    const items = ['a', 'b', 'c', 'd'] as const;
    const stream = randomStream(77);
    const counts = new Map<string, number>();
    for (let count = 0; count < 9600; count++) {
      const order = stream.shuffle(items).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(items).toEqual(['a', 'b', 'c', 'd']);
    expect(counts.size).toBe(24);
    expect(chiSquare([...counts.values()])).toBeLessThan(56); // 23 degrees of freedom, p = 1e-4
  });

  test('pick needs an item', () => {
    expect(randomStream(3).pick(['only'])).toBe('only');
    expect(() => randomStream(3).pick([])).toThrow('at least one item');
  });

  test('normal has the moments of a normal distribution', () => {
    for (const value of [0, 1, 2]) {
      const stream = randomStream(value, 4);
      const drawn = Array.from({ length: 20_000 }, () => stream.normal());
      const moment = (power: number): number => drawn.reduce((sum, x) => sum + x ** power, 0) / drawn.length;
      expect(Math.abs(moment(1))).toBeLessThan(0.03);
      expect(Math.abs(moment(2) - 1)).toBeLessThan(0.05);
      expect(Math.abs(moment(3))).toBeLessThan(0.12);
      expect(Math.abs(moment(4) - 3)).toBeLessThan(0.35);
    }
  });

  test('rejects seeds and path steps out of range', () => {
    expect(() => randomStream(-3)).toThrow('a seed that is an integer from 0 to 2^53 - 1; got -3');
    expect(() => randomStream(0, 1, 0.5)).toThrow('randomStream, path');
  });
});
