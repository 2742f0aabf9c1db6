import { describe, expect, test } from 'vitest';
import { documentRows, windowRows } from './rows.js';

/** Document n: n itself, then n's last digit times 9; up to 91 tokens. */
const document = (index: number): Int32Array => Int32Array.from({ length: 1 + 9 * (index % 10) + 1 }, (_, i) => (i === 0 ? index : 9));

describe('rows of documents', () => {
  const rowsAt = (length: number, firstIndex = 40): ReturnType<typeof documentRows> => documentRows({ document, firstIndex, rows: 3, length, padId: 7 });

  test('one to a row, whole, padded, and with its length', () => {
    const { rows, length, tokens, lengths } = rowsAt(100)(2);
    expect([rows, length, tokens.length]).toEqual([3, 100, 300]);
    for (let row = 0; row < 3; row++) {
      const own = tokens.subarray(row * 100, (row + 1) * 100);
      const whole = document(own[0]!);
      expect(lengths[row]).toBe(whole.length);
      expect(own.subarray(0, whole.length)).toEqual(whole);
      expect(new Set(own.subarray(whole.length))).toEqual(new Set([7]));
    }
  });

  test('no document comes twice, nor one before the first index', () => {
    const seen: number[] = [];
    const source = rowsAt(100);
    for (let step = 1; step <= 50; step++) seen.push(...[0, 1, 2].map((row) => source(step).tokens[row * 100]!));
    expect(new Set(seen).size).toBe(150);
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(40);
    expect(source(9)).toEqual(rowsAt(100)(9));
  });

  test('what does not fit is passed over for one that does', () => {
    for (let step = 0; step < 20; step++) {
      const { tokens, lengths } = rowsAt(30)(step);
      for (let row = 0; row < 3; row++) expect(lengths[row]).toBe(document(tokens[row * 30]!).length);
    }
  });

  test('where nothing fits, the last is cut', () => {
    const { lengths, tokens } = documentRows({ document: (index) => Int32Array.from([index, 1, 2, 3, 4]), firstIndex: 0, rows: 2, length: 3, padId: 7 })(1);
    expect([...lengths]).toEqual([3, 3]);
    expect([...tokens.subarray(1, 3), ...tokens.subarray(4)]).toEqual([1, 2, 1, 2]);
  });
});

describe('windows of one text', () => {
  const ids = Int32Array.from({ length: 23 }, (_, i) => 100 + i);
  const source = windowRows({ ids, rows: 5, length: 7, seed: 3 });

  test('run on as in the text, from every place, the first and the last included', () => {
    const starts = new Set<number>();
    for (let step = 0; step < 60; step++) {
      const { tokens, lengths } = source(step);
      expect([...lengths]).toEqual([7, 7, 7, 7, 7]);
      for (let row = 0; row < 5; row++) {
        const own = tokens.subarray(row * 7, (row + 1) * 7);
        own.forEach((id, i) => { expect(id).toBe(own[0]! + i); });
        starts.add(own[0]! - 100);
      }
    }
    expect([...starts].sort((a, b) => a - b)).toEqual(Array.from({ length: 17 }, (_, i) => i));
  });

  test('depend on seed and step alone', () => {
    expect(source(4)).toEqual(windowRows({ ids, rows: 5, length: 7, seed: 3 })(4));
    expect(source(4)).not.toEqual(source(5));
    expect(source(4)).not.toEqual(windowRows({ ids, rows: 5, length: 7, seed: 4 })(4));
  });

  test('a text shorter than a row is refused', () => {
    expect(() => windowRows({ ids, rows: 1, length: 24, seed: 1 })).toThrow('training data: expected at least 24 tokens; got 23. Use a longer text or a shorter row length.');
    expect(windowRows({ ids, rows: 1, length: 23, seed: 1 })(1).tokens).toEqual(ids);
  });
});
