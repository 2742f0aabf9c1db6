import { seededUniform } from '@palimpsest/backbone/testing';
import { describe, expect, test } from 'vitest';
import { sideBySide } from './side-by-side.js';
import type { Side } from './side-by-side.js';
import { spreadOf } from './spread.js';

/** Sides that take the time they are told, on a clock that only they move. */
function workshop(): { readonly clock: () => number; readonly order: string[]; side(name: string, milliseconds: readonly number[], units?: number): Side } {
  let now = 1000;
  const order: string[] = [];
  return {
    clock: () => now,
    order,
    side: (name, milliseconds, units = 10) => {
      let runs = 0;
      return {
        name,
        run: async () => {
          order.push(name);
          now += milliseconds[runs++ % milliseconds.length]!;
          return units;
        },
      };
    },
  };
}

describe('sideBySide', () => {
  test('takes turns, each round in the other order, after rounds that do not count', async () => {
    const { clock, order, side } = workshop();
    const result = await sideBySide({ baseline: side('b', [999, 20, 20, 20]), candidate: side('c', [999, 5, 5, 5]), rounds: 3, clock });
    expect(order.join('')).toBe('bc' + 'bc' + 'cb' + 'bc');
    expect(result.baseline.milliseconds).toMatchObject({ count: 3, median: 20, minimum: 20, maximum: 20 });
    expect(result.candidate.unitsPerSecond.median).toBe(2000);
    expect(result.ratio).toEqual({ count: 3, median: 4, minimum: 4, maximum: 4, interval: { low: 4, high: 4, confidence: 0.75 } });
  });

  test('compares round by round: a machine that slows down tenfold does not move the ratio', async () => {
    const { clock, side } = workshop();
    const slowing = [1, 1, 2, 4, 10];
    const result = await sideBySide({
      baseline: side('b', slowing.map((factor) => 30 * factor)), candidate: side('c', slowing.map((factor) => 20 * factor)), rounds: 5, warmupRounds: 0, clock,
    });
    expect(result.ratio).toMatchObject({ median: 1.5, minimum: 1.5, maximum: 1.5 });
    expect(result.candidate.milliseconds).toMatchObject({ median: 40, minimum: 20, maximum: 200 });
  });

  test('counts work, not runs: twice the units in the same time is twice as fast', async () => {
    const { clock, side } = workshop();
    const result = await sideBySide({ baseline: side('b', [10], 7), candidate: side('c', [10], 14), rounds: 2, clock });
    expect(result.ratio.median).toBe(2);
  });

  test('is plain JSON, with the names of the sides', async () => {
    const { clock, side } = workshop();
    const result = await sideBySide({ baseline: side('PyTorch', [3, 4, 5]), candidate: side('ours', [2, 2, 1]), rounds: 6, clock });
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
    expect([result.baseline.name, result.candidate.name]).toEqual(['PyTorch', 'ours']);
  });

  test('refuses a round without work, without time, and no rounds', async () => {
    const { clock, side } = workshop();
    await expect(sideBySide({ baseline: side('b', [3]), candidate: side('idle', [3], 0), rounds: 1, clock })).rejects.toThrow('sideBySide: idle: expected work done; got 0. Do more work in a round.');
    await expect(sideBySide({ baseline: side('instant', [0]), candidate: side('c', [3]), rounds: 1, clock })).rejects.toThrow('sideBySide: instant: expected time that the clock sees; got 0.');
    await expect(sideBySide({ baseline: side('b', [3]), candidate: side('c', [3]), rounds: 0, clock })).rejects.toThrow('expected at least one round; got 0');
  });
});

describe('spreadOf', () => {
  test('odd and even counts, in any order; the values are left as they were', () => {
    const values = [9, 1, 5];
    expect(spreadOf(values)).toMatchObject({ count: 3, median: 5, minimum: 1, maximum: 9 });
    expect(values).toEqual([9, 1, 5]);
    expect(spreadOf([4, 10, 1, 2]).median).toBe(3);
    expect(spreadOf([100, 20, 3]).median).toBe(20); // as numbers, not as texts
  });

  const places = (count: number): object => {
    const { low, high, confidence } = spreadOf(Array.from({ length: count }, (_, index) => index + 1)).interval;
    return { low, high, confidence: Number(confidence.toFixed(4)) };
  };

  test('the interval ends at the order statistics of the sign test\'s tables', () => {
    expect(places(6)).toEqual({ low: 1, high: 6, confidence: 0.9688 });
    expect(places(9)).toEqual({ low: 2, high: 8, confidence: 0.9609 });
    expect(places(10)).toEqual({ low: 2, high: 9, confidence: 0.9785 });
    expect(places(15)).toEqual({ low: 4, high: 12, confidence: 0.9648 });
    expect(places(25)).toEqual({ low: 8, high: 18, confidence: 0.9567 });
    expect(places(100)).toEqual({ low: 40, high: 61, confidence: 0.9648 });
    const many = spreadOf(Array.from({ length: 4999 }, (_, index) => index + 1)).interval;
    expect(Math.abs(many.low - (2500 - 0.98 * Math.sqrt(4999)))).toBeLessThan(2); // the normal approximation
    expect(many.low + many.high).toBe(5000);
  });

  test('below six values it is the range, with what that is worth; one value says nothing', () => {
    expect(places(5)).toEqual({ low: 1, high: 5, confidence: 0.9375 });
    expect(places(2)).toEqual({ low: 1, high: 2, confidence: 0.5 });
    expect(places(1)).toEqual({ low: 1, high: 1, confidence: 0 });
    expect(() => spreadOf([])).toThrow('spreadOf: expected at least one value; got none.');
  });

  test('it holds the true median as often as it says', () => {
    const trials = 400;
    let held = 0;
    for (let trial = 0; trial < trials; trial++) {
      const uniform = seededUniform(trial);
      const { low, high } = spreadOf(Array.from({ length: 9 }, () => (uniform() - 0.5) ** 3 + 2)).interval;
      if (low <= 2 && high >= 2) held++;
    }
    expect(Math.abs(held / trials - 0.9609)).toBeLessThan(0.03); // three standard errors
  });
});
