import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { distinctShare, repetitionRate } from './diversity.js';

const words = (text: string): readonly string[] => text.split(' ');

describe('distinctShare', () => {
  test('counted by hand', () => {
    const texts = [words('the fox saw the fox'), words('the fox ran')];
    expect(distinctShare(texts, 1)).toBe(4 / 8); // the fox saw ran
    expect(distinctShare(texts, 2)).toBe(4 / 6); // the-fox fox-saw saw-the fox-ran
    expect(distinctShare(texts, 4)).toBe(1);
  });

  test('words that run together are told apart, and so are numbers from their digits', () => {
    expect(distinctShare([['ab', 'c'], ['a', 'bc']], 2)).toBe(1);
    expect(distinctShare([['1,2', '3'], ['1', '2,3']], 2)).toBe(1);
    expect(distinctShare([Int32Array.of(1, 23), Int32Array.of(12, 3)], 2)).toBe(1);
  });

  test('a text written twice has half, one that repeats a word has one of them', () => {
    fc.assert(fc.property(fc.uniqueArray(fc.nat(50), { minLength: 3, maxLength: 12 }), fc.integer({ min: 1, max: 3 }), (ids, n) => {
      expect(distinctShare([ids], n)).toBe(1);
      expect(distinctShare([ids, ids], n)).toBe(0.5);
      expect(distinctShare([ids.map(() => 7)], n)).toBe(1 / (ids.length - n + 1));
    }));
  });
});

describe('repetitionRate', () => {
  test('counted by hand, averaged over texts, not over n-grams', () => {
    const circle = words('a b a b a b a b'); // 5 of length 4, 2 distinct
    const straight = words('a b c d e f');
    expect(repetitionRate([circle])).toBeCloseTo(3 / 5, 12);
    expect(repetitionRate([straight])).toBe(0);
    expect(repetitionRate([circle, straight])).toBeCloseTo(3 / 10, 12);
    expect(repetitionRate([circle], 1)).toBeCloseTo(6 / 8, 12);
  });

  test('two equal texts do not repeat each other, and short ones are left out', () => {
    expect(repetitionRate([words('a b c d'), words('a b c d'), words('a b')])).toBe(0);
  });
});

test('what cannot be counted', () => {
  expect(() => distinctShare([['a'], []], 2)).toThrow('distinctShare: expected a text of at least 2 units; got none.');
  expect(() => repetitionRate([words('a b c')])).toThrow('repetitionRate: expected a text of at least 4 units; got none.');
  expect(() => distinctShare([['a']], 0)).toThrow('expected a positive integer n; got 0');
});
