import { expect, test } from 'vitest';
import { belowEntropy } from './stop-rule.js';

const turning = (length: number, kinds: number): Int32Array => Int32Array.from({ length }, (_, index) => index % kinds);

test('the entropy of equally frequent tokens is the logarithm of how many kinds there are', () => {
  for (const kinds of [2, 5, 11]) {
    expect(belowEntropy({ window: 10 * kinds, nats: Math.log(kinds) + 1e-9 }).stops(turning(10 * kinds, kinds))).toBe(true);
    expect(belowEntropy({ window: 10 * kinds, nats: Math.log(kinds) - 1e-9 }).stops(turning(10 * kinds, kinds))).toBe(false);
  }
});

test('only the last tokens count, and nothing is said before there are so many', () => {
  const rule = belowEntropy({ window: 6, nats: 1 });
  expect(rule.stops(Int32Array.of(1, 2, 3, 4, 5, 6, 7, 7, 7, 7, 7, 7))).toBe(true);
  expect(rule.stops(Int32Array.of(7, 7, 7, 7, 7, 7, 1, 2, 3, 4, 5, 6))).toBe(false);
  expect(rule.stops(Int32Array.of(7, 7, 7, 7, 7))).toBe(false);
});

test('unequal frequencies: half, a quarter, a quarter', () => {
  const text = Int32Array.of(1, 1, 1, 1, 2, 2, 3, 3);
  const entropy = 1.5 * Math.log(2);
  expect(belowEntropy({ window: 8, nats: entropy + 1e-9 }).stops(text)).toBe(true);
  expect(belowEntropy({ window: 8, nats: entropy - 1e-9 }).stops(text)).toBe(false);
});

test('what is refused', () => {
  expect(() => belowEntropy({ window: 2.5 })).toThrow('belowEntropy: expected a positive integer window; got 2.5');
  expect(() => belowEntropy({ nats: 0 })).toThrow('belowEntropy: expected positive nats; got 0');
});

test('more nats than the window can have are refused, any text would stop; a few less are not', () => {
  expect(() => belowEntropy({ window: 4, nats: 9 })).toThrow('belowEntropy: expected at most 1.386 nats, the entropy of 4 tokens that all differ; got 9. Any text would stop: take fewer nats or a longer window.');
  expect(() => belowEntropy({ window: 50 })).toThrow('belowEntropy: expected at most 3.912 nats, the entropy of 50 tokens that all differ; got 4.');
  for (const window of [2, 7, 55]) {
    expect(() => belowEntropy({ window, nats: Math.log(window) + 1e-9 })).toThrow('expected at most');
    const rule = belowEntropy({ window, nats: Math.log(window) - 1e-9 });
    expect([rule.stops(turning(window, window)), rule.stops(turning(window, window - 1))]).toEqual([false, true]);
  }
});
