import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { learnMerges } from './merges.js';
import { learnMergesNaive } from './merges.naive.js';

const letters = ['a', 'b', 'c'];
const corpus = fc.array(fc.record({ word: fc.array(fc.nat(2), { maxLength: 9 }), count: fc.integer({ min: 1, max: 5 }) }), { maxLength: 12 });
const options = fc.record({
  corpus,
  vocabularySize: fc.integer({ min: 3, max: 30 }),
  minimumCount: fc.integer({ min: 1, max: 4 }),
  reserved: fc.uniqueArray(fc.constantFrom('aa', 'ab', 'abc', 'cc'), { maxLength: 2 }),
});

describe('learnMerges', () => {
  test('merges as recounting before every merge does', () => {
    fc.assert(
      fc.property(options, ({ corpus: entries, vocabularySize, minimumCount, reserved }) => {
        const given = {
          words: entries.map(({ word }) => word), counts: entries.map(({ count }) => count),
          symbols: letters, vocabularySize, minimumCount, reserved: new Set(reserved),
        };
        expect(learnMerges(given)).toEqual(learnMergesNaive(given));
      }),
      { numRuns: 1000 },
    );
  });

  test('takes the most frequent pair first, then the one with lower ids', () => {
    const { merges, symbols } = learnMerges({
      words: [[2, 1], [0, 1], [1, 0, 1]], counts: [2, 2, 3], symbols: letters, vocabularySize: 7, minimumCount: 1, reserved: new Set(),
    });
    // ab 5, then ba 3 is gone and b+ab stands at 3, then cb at 2.
    expect(merges).toEqual([[0, 1], [1, 3], [2, 1]]);
    expect(symbols).toEqual(['a', 'b', 'c', 'ab', 'bab', 'cb']);
  });

  test('gives a text that two merges spell its first id', () => {
    // aa, then a+aa and aa+a would both be aaa.
    const { symbols, merges } = learnMerges({
      words: [[0, 0, 0], [1, 0, 0, 2]], counts: [5, 9], symbols: letters, vocabularySize: 30, minimumCount: 1, reserved: new Set(),
    });
    expect(new Set(symbols).size).toBe(symbols.length);
    expect(merges.length).toBeGreaterThanOrEqual(symbols.length - letters.length);
  });
});
