import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { corrupt, corruptExactly } from './corrupt.js';
import { stratifiedMaskCounts, stratifiedRates } from './stratified.js';

const mask = 4; // an id that the random texts contain too
const text = fc.array(fc.record({ id: fc.integer({ min: 0, max: 9 }), eligible: fc.boolean() }), { minLength: 1, maxLength: 37 });
const seed = fc.maxSafeNat();

const toArrays = (cells: readonly { readonly id: number; readonly eligible: boolean }[]): { tokens: Int32Array; eligible: Uint8Array } => ({
  tokens: Int32Array.from(cells, ({ id }) => id),
  eligible: Uint8Array.from(cells, ({ eligible }) => (eligible ? 1 : 0)),
});

describe('corrupt', () => {
  test('replaces exactly the cells it reports, and only eligible ones; its input is left alone', () => {
    fc.assert(
      fc.property(text, seed, fc.double({ min: 0, max: 1, noNaN: true }), (cells, value, rate) => {
        const { tokens, eligible } = toArrays(cells);
        const noisy = corrupt({ tokens, mask, rate, eligible, seed: value, coordinates: [3, 5] });
        expect([...tokens]).toEqual(cells.map(({ id }) => id));
        expect([...noisy.tokens]).toEqual(cells.map(({ id }, index) => (noisy.masked[index] === 1 ? mask : id)));
        expect(cells.filter((cell, index) => noisy.masked[index] === 1 && !cell.eligible)).toEqual([]);
        expect(corrupt({ tokens, mask, rate, eligible, seed: value, coordinates: [3, 5] })).toEqual(noisy);
      }),
    );
  });

  test('masks at the rate, independently, and differently for each coordinate', () => {
    const tokens = new Int32Array(8001);
    for (const [rate, value] of [[0.13, 1], [0.5, 2], [0.87, 3]] as const) {
      const { masked } = corrupt({ tokens, mask, rate, seed: value, coordinates: [] });
      const total = masked.reduce((sum, one) => sum + one, 0);
      const deviation = Math.sqrt(tokens.length * rate * (1 - rate));
      expect(Math.abs(total - tokens.length * rate)).toBeLessThan(4 * deviation);
      const pairs = masked.reduce((sum, one, index) => sum + one * (masked[index + 1] ?? 0), 0);
      expect(Math.abs(pairs - tokens.length * rate ** 2)).toBeLessThan(6 * deviation);
    }
    const draws = [[], [0], [1], [0, 0], [0, 1]].map((coordinates) => corrupt({ tokens: tokens.subarray(0, 99), mask, rate: 0.5, seed: 1, coordinates }).masked.join(''));
    expect(new Set(draws).size).toBe(draws.length);
  });

  test('rates 0 and 1 mask none and all', () => {
    const tokens = new Int32Array(301).fill(1);
    expect(corrupt({ tokens, mask, rate: 0, seed: 8, coordinates: [] }).tokens).toEqual(tokens);
    expect(corrupt({ tokens, mask, rate: 1, seed: 8, coordinates: [] }).tokens).toEqual(tokens.map(() => mask));
  });

  test('refuses a rate out of range and flags of another length', () => {
    const input = { tokens: new Int32Array(3), mask, seed: 0, coordinates: [] };
    for (const rate of [-0.1, 1.1, Number.NaN]) expect(() => corrupt({ ...input, rate })).toThrow(`a rate from 0 to 1; got ${rate}`);
    expect(() => corrupt({ ...input, rate: 0.5, eligible: new Uint8Array(2) })).toThrow('each of 3 tokens; got 2');
  });
});

describe('corruptExactly', () => {
  test('masks exactly the count among the eligible', () => {
    fc.assert(
      fc.property(text, seed, fc.nat(37), (cells, value, wanted) => {
        const { tokens, eligible } = toArrays(cells);
        const count = Math.min(wanted, cells.filter((cell) => cell.eligible).length);
        const noisy = corruptExactly({ tokens, mask, count, eligible, seed: value, coordinates: [7] });
        expect(noisy.masked.reduce((sum, one) => sum + one, 0)).toBe(count);
        expect([...noisy.tokens]).toEqual(cells.map(({ id }, index) => (noisy.masked[index] === 1 ? mask : id)));
        expect(cells.filter((cell, index) => noisy.masked[index] === 1 && !cell.eligible)).toEqual([]);
      }),
    );
  });

  test('draws each of the 10 pairs of 5 equally often', () => {
    const counts = new Map<string, number>();
    for (let row = 0; row < 2000; row++) {
      const { masked } = corruptExactly({ tokens: new Int32Array(5), mask, count: 2, seed: 3, coordinates: [row] });
      counts.set(masked.join(''), (counts.get(masked.join('')) ?? 0) + 1);
    }
    expect(counts.size).toBe(10);
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - 200) ** 2 / 200, 0);
    expect(chiSquare).toBeLessThan(33.7); // 9 degrees of freedom, p = 1e-4
  });

  test('refuses more than the eligible', () => {
    const eligible = Uint8Array.of(1, 0, 1);
    expect(() => corruptExactly({ tokens: new Int32Array(3), mask, count: 3, eligible, seed: 0, coordinates: [] })).toThrow('a count from 0 to 2, the eligible tokens; got 3');
  });
});

describe('stratifiedRates', () => {
  test('puts one time in each equal part of the interval, above its least', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 19 }), seed, fc.nat(1000), fc.constantFrom(0, 1e-3, 0.4), (batch, value, step, least) => {
        const times = stratifiedRates(batch, value, step, least);
        expect(Array.from(times, (t) => Math.floor(((t - least) / (1 - least)) * batch + 1e-9))).toEqual(Array.from({ length: batch }, (_, row) => row));
        expect(times.every((t) => t > least && t < 1)).toBe(true);
      }),
    );
  });

  test('each row is uniform within its part over the steps', () => {
    const offsets = Array.from({ length: 2000 }, (_, step) => stratifiedRates(3, 11, step)[1]! * 3 - 1);
    const mean = offsets.reduce((sum, offset) => sum + offset, 0) / offsets.length;
    const square = offsets.reduce((sum, offset) => sum + offset ** 2, 0) / offsets.length;
    expect(Math.abs(mean - 1 / 2)).toBeLessThan(4 / Math.sqrt(12 * offsets.length));
    expect(Math.abs(square - 1 / 3)).toBeLessThan(4 * Math.sqrt(4 / 45 / offsets.length));
  });
});

describe('stratifiedMaskCounts', () => {
  test('is the published recipe for its first count', () => {
    // torch.round(torch.linspace(3, 3 + 3 * (7 / 4), 4)) = round([3, 4.75, 6.5, 8.25]) = [3, 5, 6, 8] -> [3, 5, 6, 1]
    const withFirst3 = Array.from({ length: 60 }, (_, value) => stratifiedMaskCounts(7, 4, value)).find((counts) => counts[0] === 3);
    expect([...withFirst3!]).toEqual([3, 5, 6, 1]);
  });

  test('every count is uniform on 1 to length, whatever its place among the draws', () => {
    const [length, draws, rounds] = [7, 3, 2100];
    const counts = Array.from({ length: draws }, () => new Array<number>(length).fill(0));
    for (let round = 0; round < rounds; round++) {
      stratifiedMaskCounts(length, draws, 5, round).forEach((count, draw) => (counts[draw]![count - 1]! += 1));
    }
    for (const row of counts) {
      const chiSquare = row.reduce((sum, count) => sum + (count - rounds / length) ** 2 / (rounds / length), 0);
      expect(chiSquare).toBeLessThan(27.9); // 6 degrees of freedom, p = 1e-4
    }
  });

  test('as many draws as tokens mask each count once', () => {
    expect([...stratifiedMaskCounts(11, 11, 9)].sort((a, b) => a - b)).toEqual(Array.from({ length: 11 }, (_, index) => index + 1));
  });

  test('refuses lengths and draws that are not positive integers', () => {
    expect(() => stratifiedMaskCounts(0, 1, 0)).toThrow('a positive integer length; got 0');
    expect(() => stratifiedMaskCounts(3, 1.5, 0)).toThrow('a positive integer draws; got 1.5');
    expect(() => stratifiedRates(0, 0, 0)).toThrow('a positive integer batch; got 0');
  });
});
