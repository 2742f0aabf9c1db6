import { describe, expect, test } from 'vitest';
import { lossWeight, maskRate, revealProbability } from './noise-schedule.js';
import type { NoiseSchedule } from './noise-schedule.js';
import { scheduleContract } from '../testing/schedule-contract.js';
import { cosine, geometric, linear, polynomial } from './schedules.js';

const schedules = [linear, cosine, polynomial(0.5), polynomial(2), polynomial(3), geometric(), geometric(1e-3, 9)];

for (const schedule of schedules) {
  for (const { name, run } of scheduleContract(schedule)) test(name, run);
}

describe('scheduleContract', () => {
  const broken: readonly (readonly [reason: string, schedule: NoiseSchedule])[] = [
    ['does not start at 1', { ...linear, keep: (t) => 0.999 * (1 - t) }],
    ['does not end at 0', { ...linear, keep: (t) => 1 - 0.999 * t, keepDerivative: () => -0.999 }],
    ['has a plateau', { ...linear, keep: (t) => 1 - Math.max(0, t - 0.25) / 0.75 }],
    ['has a derivative 1 % too large', { ...cosine, keepDerivative: (t) => 1.01 * cosine.keepDerivative(t) }],
    ['has the derivative of another power', { ...polynomial(2), keepDerivative: polynomial(3).keepDerivative }],
    ['has the opposite sign', { ...linear, keepDerivative: () => 1 }],
  ];
  test.each(broken)('fails a schedule that %s', (_, schedule) => {
    const failures = scheduleContract(schedule).filter(({ run }) => {
      try {
        run();
        return false;
      } catch {
        return true;
      }
    });
    expect(failures.length).toBeGreaterThan(0);
  });
});

describe('published forms', () => {
  test('MD4 table of loss weights', () => {
    for (const t of [0.07, 0.31, 0.5, 0.93]) {
      expect(lossWeight(linear, t)).toBeCloseTo(1 / t, 10);
      expect(lossWeight(polynomial(3), t)).toBeCloseTo(3 / t, 10);
      expect(lossWeight(cosine, t)).toBeCloseTo((Math.PI / 2) * Math.tan((Math.PI / 2) * (1 - t)), 10);
    }
  });

  test('geometric stays within its least noise of e^-sigma', () => {
    for (const t of [0, 0.1, 0.45, 0.8, 1]) {
      expect(Math.abs(geometric().keep(t) - Math.exp(-(1e-5 ** (1 - t) * 20 ** t)))).toBeLessThan(1.01e-5);
    }
  });

  test('LLaDA reveals the fraction (t - s) / t', () => {
    expect(revealProbability(linear, 0.8, 0.6)).toBeCloseTo(0.25, 12);
    expect(maskRate(linear, 0.8)).toBeCloseTo(0.8, 12);
  });
});

test('times out of range and steps forward in time are refused', () => {
  expect(() => lossWeight(linear, 0)).toThrow('expected a time above 0; got 0');
  for (const t of [-0.1, 1.1, Number.NaN]) expect(() => lossWeight(linear, t)).toThrow(`expected a time from 0 to 1; got ${t}`);
  expect(() => revealProbability(linear, 0.5, 0.5)).toThrow('from 0.5 to 0.5');
  for (const power of [0, -1, Number.NaN, Infinity]) expect(() => polynomial(power)).toThrow(`a positive power; got ${power}`);
  expect(() => geometric(2, 1)).toThrow('least 2, most 1');
});
