import { evaluate, input, reference, writeOnnx } from '@palimpsest/graph';
import { expect, test } from 'vitest';
import { uniform } from '../test/tiny-model.js';
import { invertCumulative, rowSums } from './draw.js';
import { openSession } from './session.js';

/** The first index whose cumulative sum exceeds uniform · total, in one loop and float64. */
function invertNaive(weights: ArrayLike<number>, chance: number): number {
  const total = Array.from(weights).reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  return Array.from(weights).findIndex((weight) => (sum += weight) > chance * total);
}

/** How far uniform · total is from the nearest cumulative sum, as a share of the total. */
function distanceToBound(weights: ArrayLike<number>, chance: number): number {
  const total = Array.from(weights).reduce((sum, weight) => sum + weight, 0);
  let [sum, nearest] = [0, Infinity];
  for (const weight of Array.from(weights)) nearest = Math.min(nearest, Math.abs((sum += weight) - chance * total));
  return nearest / total;
}

interface Rows {
  readonly weights: Float32Array; // rows x size
  readonly chances: Float32Array; // rows
}

/** Rows of all sorts: even, steep over thirty orders of magnitude, mostly zeros, all in one entry; uniform numbers with the extremes among them. */
function rowsOf(size: number, seed: number): Rows {
  const draw = uniform(seed);
  const next = (): number => draw() + 0.5;
  const sorts: readonly ((index: number) => number)[] = [
    () => next(), () => 10 ** (-30 * next()), () => (next() < 0.9 ? 0 : next()), (index) => (index === seed % size ? 1 : 0), (index) => (index < size / 2 ? next() : 0),
  ];
  const rows = sorts.flatMap((sort) => Array.from({ length: 9 }, () => {
    const weights = Float32Array.from({ length: size }, (_, index) => sort(index));
    weights[Math.floor(next() * size)] = 1; // none is all zeros
    return weights;
  }));
  const extremes = [0, 2 ** -53, 1 - 2 ** -24, 1 - 2 ** -53];
  return {
    weights: Float32Array.from(rows.flatMap((row) => [...row])),
    chances: Float32Array.from(rows, (_, row) => extremes[row % 9] ?? next()), // the last of the extremes rounds to 1
  };
}

const sizes = [1, 2, 23, 63, 64, 65, 127, 130, 1003, 4161];
const graphOf = (size: number) => invertCumulative(input('weights', ['rows', size]), input('uniforms', ['rows', 1]));

test.each(sizes)('%i entries: what the interpreter finds is what one loop finds', (size) => {
  const { weights, chances } = rowsOf(size, 11);
  const count = chances.length;
  const [found] = evaluate([graphOf(size)], { weights: reference([count, size], weights), uniforms: reference([count, 1], chances) });
  for (const [row, chance] of chances.entries()) {
    const own = weights.subarray(row * size, (row + 1) * size);
    const index = found!.data[row]!;
    expect(own[index]).toBeGreaterThan(0);
    if (chance < 1 - 2 ** -23) expect(index).toBe(invertNaive(own, chance));
  }
});

test.each(sizes)('%i entries: ONNX Runtime finds it to the precision of float32, never an entry of weight 0, and in every row as alone', async (size) => {
  await using session = await openSession(writeOnnx({ outputs: { found: graphOf(size) } }), { threads: 2 });
  const find = async (weights: Float32Array, uniforms: Float32Array): Promise<readonly number[]> => {
    const shape = [uniforms.length, weights.length / uniforms.length];
    const { found } = await session.run({ weights: { type: 'float32', shape, data: weights }, uniforms: { type: 'float32', shape: [uniforms.length, 1], data: uniforms } });
    return Array.from(found!.data, Number);
  };
  let clear = 0;
  for (const seed of [3, 4]) {
    const { weights, chances } = rowsOf(size, seed);
    const found = await find(weights, chances);
    for (const [row, chance] of chances.entries()) {
      const own = weights.subarray(row * size, (row + 1) * size);
      expect(own[found[row]!]).toBeGreaterThan(0);
      expect(await find(own.slice(), chances.slice(row, row + 1))).toEqual([found[row]]);
      if (distanceToBound(own, chance) < 1e-6) continue;
      expect(found[row]).toBe(invertNaive(own, chance));
      clear++;
    }
  }
  expect(clear).toBeGreaterThan(40); // of 90: the others lie on a bound
});

test.each([...sizes, 2048, 2050])('%i entries: a row has the same sum, bit for bit, wherever it lies among others', async (size) => {
  await using session = await openSession(writeOnnx({ outputs: { sums: rowSums(input('x', ['rows', size])) } }), { threads: 2 });
  const draw = uniform(7);
  const data = Float32Array.from({ length: 40 * size }, draw);
  const sumsOf = async (from: number, to: number): Promise<readonly number[]> => {
    const { sums } = await session.run({ x: { type: 'float32', shape: [to - from, size], data: data.slice(from * size, to * size) } });
    return Array.from(sums!.data, Number);
  };
  const all = await sumsOf(0, 40);
  for (let row = 0; row < 40; row++) {
    expect(all[row]).toBeCloseTo(data.subarray(row * size, (row + 1) * size).reduce((sum, value) => sum + value, 0), 3);
    expect(await sumsOf(row, row + 1)).toEqual([all[row]]);
    expect((await sumsOf(Math.max(0, row - 2), row + 1)).at(-1)).toBe(all[row]);
  }
});
