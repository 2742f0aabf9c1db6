import fc from 'fast-check';
import { expect, test } from 'vitest';
import { niceCeiling, niceTicks } from './scale.js';

test('a nice ceiling is the next 1, 2 or 5 times a power of ten', () => {
  expect([0, 0.3, 1, 1.01, 2, 4.2, 5, 7, 10, 1234].map(niceCeiling)).toEqual([1, 0.5, 1, 2, 2, 5, 5, 10, 10, 2000]);
});

test('ticks are evenly spaced from 0 and stay within the scale', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 1e6, noNaN: true }), (end) => {
      const ticks = niceTicks(end);
      expect(ticks[0]).toBe(0);
      expect(ticks.length).toBeGreaterThan(1);
      expect(ticks.length).toBeLessThanOrEqual(6);
      expect(ticks.at(-1)).toBeLessThanOrEqual(end * (1 + 1e-12));
    }),
  );
});
