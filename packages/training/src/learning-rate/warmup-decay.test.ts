import { describe, expect, test } from 'vitest';
import { warmupDecay } from './warmup-decay.js';

describe('warm-up, stable, decay', () => {
  const schedule = { steps: 20, warmupSteps: 4, decaySteps: 5, final: 0.2 };
  const factors = Array.from({ length: 20 }, (_, i) => warmupDecay(i + 1, schedule));

  test('rises in equal parts to 1, stays, and falls in equal parts to the final factor', () => {
    expect(factors.slice(0, 4)).toEqual([0.25, 0.5, 0.75, 1]);
    expect(new Set(factors.slice(3, 15))).toEqual(new Set([1]));
    factors.slice(15).forEach((factor, i) => { expect(factor).toBeCloseTo(1 - 0.16 * (i + 1), 12); });
    expect(factors.at(-1)).toBeCloseTo(0.2, 12);
  });

  test('either end can be left out, and the final factor is 0 when absent', () => {
    expect(warmupDecay(1, { steps: 9, warmupSteps: 0, decaySteps: 3 })).toBe(1);
    expect(warmupDecay(9, { steps: 9, warmupSteps: 0, decaySteps: 3 })).toBe(0);
    expect(warmupDecay(9, { steps: 9, warmupSteps: 3, decaySteps: 0 })).toBe(1);
  });

  test('where the two overlap, both count', () => {
    expect(warmupDecay(3, { steps: 6, warmupSteps: 6, decaySteps: 6 })).toBe(0.25);
  });
});
