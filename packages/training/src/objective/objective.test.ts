import { array, assert, integer, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Batch, Rows } from './batch.js';
import { blockDiffusion } from './block-diffusion.js';
import type { BlockDiffusionConfig } from './block-diffusion.js';
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

describe('masked diffusion in one active block', () => {
  const [maskId, blockSize, length, keep] = [200, 4, 12, 1];
  const given = rowsOf([12, 3, 7, 10, 0], length);
  const batch = (step: number, prediction: 'same' | 'next' = 'same', share = 1): Batch =>
    maskedDiffusion({ maskId, seed: 5, prediction, keep, minimumRate: 0.02, activeBlock: { blockSize, share } }).batch(given, step);
  /** Where the block may begin in each row: wherever text stands in it, the last one being shorter. */
  const starts = [[1, 5, 9], [1], [1, 5], [1, 5, 9], [1]];
  const startOf = (noisy: Int32Array | Float32Array, clean: Int32Array | Float32Array): number => Array.from(noisy).findIndex((id, cell) => id !== clean[cell]);

  test('clean before the block, masked and not asked for behind it, one rate within', () => {
    const seen = new Set<string>();
    for (let step = 0; step < 60; step++) {
      const { tokens, targets, weights } = batch(step);
      for (let row = 0; row < 5; row++) {
        const cells = (from: Int32Array | Float32Array): number[] => Array.from(from.subarray(row * length, (row + 1) * length));
        const [noisy, clean, asked, weight] = [cells(tokens), cells(given.tokens), cells(targets), cells(weights)];
        const fits = starts[row]!.filter((start) => {
          const end = Math.min(length, start + blockSize);
          return noisy.every((id, cell) => (cell < start ? id === clean[cell] : cell >= end ? id === maskId : id === clean[cell] || id === maskId))
            && weight.every((value, cell) => value > 0 === (cell >= start && cell < end && noisy[cell] === maskId));
        });
        expect(fits.length).toBeGreaterThan(0);
        for (const [cell, value] of weight.entries()) if (value > 0) expect(asked[cell]).toBe(clean[cell]);
        expect(new Set(weight.filter((value) => value > 0)).size).toBeLessThanOrEqual(1);
        if (fits.length === 1) seen.add(`${row}:${fits[0]}`);
      }
    }
    expect([...seen].sort()).toEqual(starts.flatMap((of, row) => of.map((start) => `${row}:${start}`)).sort());
  });

  test('is unbiased: on average a row counts once, its blocks and their cells equally', () => {
    const value = (row: number, start: number): number => {
      const cells = given.tokens.subarray(row * length + start, row * length + Math.min(length, start + blockSize));
      return sum(cells) / cells.length;
    };
    const truth = sum(starts.map((of, row) => sum(of.map((start) => value(row, start))) / of.length)) / 5;
    for (const prediction of ['same', 'next'] as const) {
      const found = Array.from({ length: 4000 }, (_, step) => {
        const { weights, targets } = batch(step, prediction);
        return sum(weights.map((weight, cell) => weight * targets[cell]!));
      });
      const mean = sum(found) / found.length;
      const error = Math.sqrt(sum(found.map((one) => (one - mean) ** 2)) / found.length ** 2);
      expect(error / truth).toBeLessThan(0.03);
      expect(Math.abs(mean - truth)).toBeLessThan(4 * error);
    }
  });

  test('the other rows are those of plain masked diffusion', () => {
    const plain = maskedDiffusion({ maskId, seed: 5, prediction: 'same', keep, minimumRate: 0.02 }).batch(given, 3);
    const mixed = batch(3, 'same', 0.4); // rows 2 and 4 of five
    const row = (of: Int32Array | Float32Array, index: number): Int32Array | Float32Array => of.subarray(index * length, (index + 1) * length);
    for (const index of [0, 1, 3]) {
      expect(row(mixed.tokens, index)).toEqual(row(plain.tokens, index));
      expect(row(mixed.weights, index)).toEqual(row(plain.weights, index));
    }
    for (const index of [2, 4]) expect(startOf(row(mixed.tokens, index), row(given.tokens, index))).toBeGreaterThan(0);
    expect(row(mixed.tokens, 4)[length - 1]).toBe(maskId);
  });

  test('what is refused', () => {
    const make = (activeBlock: { readonly blockSize: number; readonly share: number }): (() => unknown) => () => maskedDiffusion({ maskId, seed: 5, prediction: 'same', keep, activeBlock });
    expect(make({ blockSize: 0, share: 1 })).toThrow('maskedDiffusion: activeBlock.blockSize: expected a positive integer; got 0');
    expect(make({ blockSize: 4, share: 0 })).toThrow('maskedDiffusion: activeBlock.share: expected above 0, up to 1; got 0');
    expect(make({ blockSize: 4, share: 1.5 })).toThrow('got 1.5');
  });
});

describe('block diffusion', () => {
  const [maskId, blockSize, length] = [200, 4, 12];
  const given = rowsOf([12, 5, 8, 3], length);
  const textOf = (row: number): Int32Array => given.tokens.subarray(row * length, (row + 1) * length);
  /** Cells up to the end of the block in which a text ends, the kept one left out. */
  const counted = [11, 7, 7, 3];
  const total = sum(counted);
  const batch = (step: number, more: Partial<BlockDiffusionConfig> = {}) => blockDiffusion({ maskId, seed: 5, prediction: 'same', blockSize, keep: 1, ...more }).batch(given, step);
  const noisyOf = (tokens: Int32Array, row: number): Int32Array => tokens.subarray(2 * row * length, (2 * row + 1) * length);
  const each = (visit: (row: number, cell: number) => void): void => counted.forEach((count, row) => { for (let cell = 1; cell <= count; cell++) visit(row, cell); });

  test('a noisy copy beside a clean one; masks where it counts, and asks for what stood there', () => {
    let masks = 0;
    for (let step = 0; step < 30; step++) {
      const { tokens, targets, weights } = batch(step);
      counted.forEach((count, row) => {
        expect(tokens.subarray((2 * row + 1) * length, (2 * row + 2) * length)).toEqual(textOf(row));
        noisyOf(tokens, row).forEach((id, cell) => {
          const masked = id === maskId;
          masks += Number(masked);
          if (!masked) expect(id).toBe(textOf(row)[cell]);
          else expect(targets[row * length + cell]).toBe(textOf(row)[cell]);
          if (masked) expect(cell >= 1 && cell <= count).toBe(true);
          expect(weights[row * length + cell]! > 0).toBe(masked);
        });
      });
    }
    expect(masks / (30 * total)).toBeCloseTo(0.5, 1);
  });

  test('one rate to a block, 1 / rate / cells, from every part of the range once', () => {
    const noise = { least: 0.3, most: 0.8 };
    for (let step = 0; step < 20; step++) {
      const { weights } = batch(step, { noise });
      const parts = new Set<number>();
      for (let row = 0; row < 4; row++) {
        for (let block = 0; block < 3; block++) {
          const own = new Set(weights.subarray(row * length + block * blockSize, row * length + (block + 1) * blockSize).filter((weight) => weight > 0));
          if (own.size === 0) continue;
          expect(own.size).toBe(1);
          const time = (1 / ([...own][0]! * total) - 0.3) / 0.5;
          const part = Math.floor(time * 12 + 1e-4);
          expect(part >= 0 && part < 12).toBe(true);
          expect(parts.has(part)).toBe(false);
          parts.add(part);
        }
      }
    }
  });

  test('a shifted model is asked one row earlier, for the first of a block always and with weight 1 / cells', () => {
    const [same, next] = [batch(4), batch(4, { prediction: 'next' })];
    expect(next.tokens).toEqual(same.tokens);
    each((row, cell) => {
      const [here, before] = [row * length + cell, row * length + cell - 1];
      if (cell % blockSize === 0) {
        expect(next.targets[before]).toBe(textOf(row)[cell]);
        expect(next.weights[before]).toBe(Math.fround(1 / total));
      } else expect(next.weights[before]).toBe(same.weights[here]);
    });
  });

  test.each(['same', 'next'] as const)('is unbiased: on average the weights count every cell once; row predicts the %s token', (prediction) => {
    let truth = 0;
    each((row, cell) => { truth += textOf(row)[cell]! / total; });
    for (const more of [{}, { noise: { least: 0.45, most: 0.95 } }, { endsMasked: 0.5 }, { endsMasked: 1 }]) {
      const found = Array.from({ length: 2000 }, (_, step) => {
        const { weights, targets } = batch(step, { prediction, ...more });
        return sum(weights.map((weight, cell) => weight * targets[cell]!));
      });
      const mean = sum(found) / found.length;
      const error = Math.sqrt(sum(found.map((value) => (value - mean) ** 2)) / found.length ** 2);
      expect(error / truth).toBeLessThan(0.03); // or the next line would say little
      expect(Math.abs(mean - truth)).toBeLessThan(4 * error);
    }
  });

  test('ends masked: in that part of the blocks, each place in turn, the last cells and no others; every number of them as often', () => {
    const endsMasked = 0.5;
    const counts = new Map<string, number>();
    for (let step = 0; step < 600; step++) {
      const [plain, mixed] = [batch(step), batch(step, { endsMasked })];
      for (let row = 0; row < 4; row++) {
        for (let block = 0; block * blockSize <= counted[row]!; block++) {
          const cells = (tokens: Int32Array): string => [...noisyOf(tokens, row).subarray(Math.max(1, block * blockSize), Math.min((block + 1) * blockSize, counted[row]! + 1))].map((id) => Number(id === maskId)).join('');
          const found = cells(mixed.tokens);
          if ((row * 3 + block + step) % 2 === 0) expect(found).toBe(cells(plain.tokens));
          else counts.set(found, (counts.get(found) ?? 0) + 1);
        }
      }
    }
    const of = (...found: readonly string[]): number[] => found.map((key) => counts.get(key)!);
    expect([...counts.keys()].sort()).toEqual(['0001', '001', '0011', '011', '0111', '111', '1111']);
    for (const group of [of('001', '011', '111'), of('0001', '0011', '0111', '1111')]) {
      for (const count of group) expect(Math.abs(count / sum(group) - 1 / group.length)).toBeLessThan(0.03);
    }
  });

  test('complementary: every other row is the one before it with the opposite mask, each token asked for once', () => {
    for (let step = 0; step < 10; step++) {
      const { tokens, weights } = batch(step, { complementary: true, noise: { least: 0.2, most: 0.8 } });
      for (const row of [0, 2]) {
        const [mask, opposite] = [noisyOf(tokens, row), noisyOf(tokens, row + 1)];
        expect(tokens.subarray((2 * row + 3) * length, (2 * row + 4) * length)).toEqual(textOf(row));
        for (let cell = 1; cell <= counted[row]!; cell++) {
          expect(Number(mask[cell] === maskId) + Number(opposite[cell] === maskId)).toBe(1);
          const [own, other] = [weights[row * length + cell]!, weights[(row + 1) * length + cell]!];
          expect(Number(own > 0) + Number(other > 0)).toBe(1);
        }
      }
      expect(sum(weights)).toBeGreaterThan(0.4);
    }
  });

  test('what is refused', () => {
    const make = (more: Partial<BlockDiffusionConfig>): (() => unknown) => () => blockDiffusion({ maskId, seed: 5, prediction: 'same', blockSize, keep: 1, ...more });
    expect(make({ noise: { least: 0, most: 1 } })).toThrow('blockDiffusion: noise: expected a range above 0, up to 1; got 0 to 1');
    expect(make({ noise: { least: 0.9, most: 0.8 } })).toThrow('got 0.9 to 0.8');
    expect(make({ complementary: true })).toThrow('expected a range below 1, for complementary masks; got 0.001 to 1. Try 0.3 to 0.8.');
    expect(make({ endsMasked: 1.1 })).toThrow('blockDiffusion: endsMasked: expected a part of the blocks, from 0 to 1; got 1.1');
    expect(make({ endsMasked: 0.5, complementary: true, noise: { least: 0.3, most: 0.8 } })).toThrow('expected 0 with complementary masks: the opposite of an end is a beginning; got 0.5');
    expect(() => blockDiffusion({ maskId, seed: 5, prediction: 'same', blockSize, keep: 1, complementary: true, noise: { least: 0.3, most: 0.8 } }).batch(rowsOf([3, 3, 3], length), 1)).toThrow('an even number of rows');
  });
});
