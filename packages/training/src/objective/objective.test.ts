import { array, assert, integer, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Rows } from './batch.js';
import { maskedDiffusion } from './masked-diffusion.js';
import { nextToken } from './next-token.js';

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, value) => total + value, 0);

/** Rows of the given text lengths, cut to `length`; every token differs from its neighbours, padding is 99. */
function rowsOf(textLengths: readonly number[], length: number): Rows {
  const tokens = new Int32Array(textLengths.length * length).fill(99);
  textLengths.forEach((textLength, row) => {
    for (let i = 0; i < textLength; i++) tokens[row * length + i] = 1 + ((row * 31 + i * 7) % 97);
  });
  return { rows: textLengths.length, length, tokens, lengths: Int32Array.from(textLengths) };
}

describe('next token', () => {
  const lengths = array(integer({ min: 0, max: 7 }), { minLength: 1, maxLength: 5 });

  test('counts every text token but the first, once and equally; padding never', () => {
    assert(property(lengths, (textLengths) => {
      const given = rowsOf(textLengths, 7);
      const { tokens, targets, weights } = nextToken.batch(given, 3);
      const counted = textLengths.flatMap((textLength, row) => Array.from({ length: Math.max(0, textLength - 1) }, (_, i) => row * 7 + i));
      expect(tokens).toEqual(given.tokens);
      weights.forEach((weight, cell) => { expect(weight).toBe(counted.includes(cell) ? Math.fround(1 / counted.length) : 0); });
      for (const cell of counted) expect(targets[cell]).toBe(given.tokens[cell + 1]);
      expect(sum(weights)).toBeCloseTo(counted.length === 0 ? 0 : 1, 5);
    }), { seed: 1, numRuns: 60 });
  });
});

describe('masked diffusion', () => {
  const maskId = 200;
  const config = { maskId, seed: 5, prediction: 'same', keep: 1, minimumRate: 0.02 } as const;
  const given = rowsOf([11, 4, 9, 11, 2, 7], 11); // padding is content
  const counted = 6 * 10;
  const cells = (prediction: 'same' | 'next', step: number): { noisy: Int32Array; masked: number[]; weights: Float32Array; targets: Int32Array } => {
    const { tokens: noisy, weights, targets } = maskedDiffusion({ ...config, prediction }).batch(given, step);
    return { noisy, weights, targets, masked: [...noisy].flatMap((id, cell) => (id === maskId ? [cell] : [])) };
  };

  test('masks cells that are not kept, and asks for what stood there', () => {
    let masks = 0;
    for (let step = 0; step < 20; step++) {
      const { noisy, masked, weights, targets } = cells('same', step);
      masks += masked.length;
      for (const cell of masked) {
        expect(cell % 11).toBeGreaterThanOrEqual(1);
        expect(targets[cell]).toBe(given.tokens[cell]);
      }
      weights.forEach((weight, cell) => { expect(weight > 0).toBe(masked.includes(cell)); });
      noisy.forEach((id, cell) => { if (!masked.includes(cell)) expect(id).toBe(given.tokens[cell]); });
    }
    expect(masks).toBeGreaterThan(20 * counted * 0.4);
    expect(masks).toBeLessThan(20 * counted * 0.6);
  });

  test('one weight to a row, 1 / rate / cells, and one rate in each of as many equal parts as there are rows', () => {
    for (let step = 0; step < 20; step++) {
      const { weights } = cells('same', step);
      const times = Array.from({ length: 6 }, (_, row) => {
        const own = new Set(weights.subarray(row * 11, (row + 1) * 11).filter((weight) => weight > 0));
        if (own.size === 0) return undefined;
        expect(own.size).toBe(1);
        return (1 / ([...own][0]! * counted) - 0.02) / 0.98; // t out of p = (1 - ε) t + ε
      }).filter((time) => time !== undefined);
      const parts = times.map((time) => Math.floor(time * 6 + 1e-4));
      expect(new Set(parts).size).toBe(parts.length);
      const within = times.map((time, i) => time * 6 - parts[i]!);
      within.forEach((offset) => { expect(offset).toBeCloseTo(within[0]!, 3); });
    }
  });

  test('a shifted model is asked one row earlier, for the same masks', () => {
    const [same, next] = [cells('same', 4), cells('next', 4)];
    expect(next.noisy).toEqual(same.noisy);
    expect(next.weights.subarray(0, -1)).toEqual(same.weights.subarray(1));
    for (const cell of same.masked) expect(next.targets[cell - 1]).toBe(given.tokens[cell]);
  });

  test('a shifted model is never asked for the first token, which nothing precedes', () => {
    const objective = maskedDiffusion({ ...config, prediction: 'next', keep: 0 });
    for (let step = 0; step < 30; step++) {
      const { tokens } = objective.batch(given, step);
      for (let row = 0; row < 6; row++) expect(tokens[row * 11]).toBe(given.tokens[row * 11]);
    }
  });

  test('depends on seed, step and place, not on the tokens', () => {
    const masks = (seed: number, step: number, rows = given): string => maskedDiffusion({ ...config, seed }).batch(rows, step).tokens.map((id) => Number(id === maskId)).join('');
    expect(masks(5, 7)).toBe(masks(5, 7));
    expect(masks(5, 7)).not.toBe(masks(5, 8));
    expect(masks(5, 7)).not.toBe(masks(6, 7));
    expect(masks(5, 7, { ...given, tokens: given.tokens.map((id) => (id * 3) % 97) })).toBe(masks(5, 7));
  });

  test('is unbiased: on average the weights count every cell once', () => {
    const truth = sum(given.tokens.filter((_, cell) => cell % 11 >= 1)) / counted;
    const found = Array.from({ length: 3000 }, (_, step) => {
      const { weights, targets } = cells('same', step);
      return sum(weights.map((weight, cell) => weight * targets[cell]!));
    });
    const mean = sum(found) / found.length;
    const error = Math.sqrt(sum(found.map((value) => (value - mean) ** 2)) / found.length ** 2);
    expect(error / truth).toBeLessThan(0.015); // or the next line would say little
    expect(Math.abs(mean - truth)).toBeLessThan(4 * error);
  });
});
