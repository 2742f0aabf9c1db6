import { input, matMul, parameter, writeOnnx } from '@palimpsest/graph';
import { causal } from '@palimpsest/backbone';
import { describe, expect, test } from 'vitest';
import { openTiny, randomTokens, randomWeights, tinyModel, uniform } from '../test/tiny-model.js';
import { blockSizes, toBlocks } from './block-matrix.js';
import { fromBlocksNaive } from './block-matrix.naive.js';
import { openBlockProducts } from './block-products.js';
import { openSession } from './session.js';
import type { Weights } from './weights.js';

const random = (count: number, seed: number): Float32Array => Float32Array.from({ length: count }, uniform(seed));
const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);
};
const steps = { 4: 8, 8: 128 } as const;
/** Where the block of entry `i` of rows of `columns` starts and ends. */
const blockOf = (i: number, columns: number, size: number): readonly [number, number] => {
  const row = i - (i % columns);
  const start = i - ((i % columns) % size);
  return [start, Math.min(start + size, row + columns)];
};

describe.each([4, 8] as const)('%i bits', (bits) => {
  test.each([[3, 150], [5, 64], [7, 9]] as const)('a matrix of %i rows of %i: every entry within a step, what blocks can hold exactly', (rows, columns) => {
    for (const seed of [1, 2]) {
      const matrix = random(rows * columns, seed);
      const once = fromBlocksNaive(toBlocks(matrix, [rows, columns], bits), [rows, columns], bits);
      for (const [i, value] of matrix.entries()) {
        const block = matrix.subarray(...blockOf(i, columns, blockSizes[bits]));
        const farthest = block.reduce((most, other) => (Math.abs(other) > Math.abs(most) ? other : most), 0);
        const end = value * farthest < 0 && Math.abs(value) > Math.abs(farthest) * (1 - 1.5 / steps[bits]); // the side with one number less
        expect(Math.abs(once[i]! - value)).toBeLessThanOrEqual((Math.abs(farthest) / steps[bits]) * (end ? 1.0001 : 0.5001));
      }
      expect(largestDifference(fromBlocksNaive(toBlocks(once, [rows, columns], bits), [rows, columns], bits), once)).toBeLessThan(1e-7);
    }
    const zeros = new Float32Array(rows * columns);
    expect(fromBlocksNaive(toBlocks(zeros, [rows, columns], bits), [rows, columns], bits)).toEqual(zeros);
  });

  /** Each block of a row as whole numbers up to 127 and a scale, as ONNX Runtime rounds what it multiplies. */
  const rounded = (x: Float32Array, columns: number): Float64Array => Float64Array.from(x, (value, i) => {
    const scale = Math.max(...x.subarray(...blockOf(i, columns, blockSizes[bits])).map(Math.abs)) / 127;
    return scale * Math.round(value / scale);
  });

  test.each([[1, 150, 6], [5, 192, 7]] as const)('%i rows of %i times a matrix of %i rows: the sum of products of rounded numbers', async (count, columns, rows) => {
    const [x, matrix] = [random(count * columns, 3), random(rows * columns, 4)];
    const blocks = openBlockProducts(bits, async () => matrix, () => ({ data: matrix }));
    const y = matMul(input('x', ['count', columns]), parameter('w', [rows, columns]), { transposeRight: true });
    const session = await openSession(writeOnnx({ outputs: await blocks.renew({ y }), storage: blocks.storage }));
    const { data } = (await session.run({ x: { type: 'float32', shape: [count, columns], data: x } }))['y']!;
    await session[Symbol.asyncDispose]();
    const product = (left: ArrayLike<number>, right: ArrayLike<number>): Float64Array => Float64Array.from({ length: count * rows }, (_, i) => {
      let sum = 0;
      for (let k = 0; k < columns; k++) sum += left[Math.floor(i / rows) * columns + k]! * right[(i % rows) * columns + k]!;
      return sum;
    });
    const held = fromBlocksNaive(toBlocks(matrix, [rows, columns], bits), [rows, columns], bits);
    const result = Float64Array.from(data as Float32Array);
    expect(largestDifference(result, product(rounded(x, columns), held))).toBeLessThan(1e-5);
    expect(largestDifference(result, product(x, held))).toBeGreaterThan(1e-4); // the rows are rounded,
    expect(largestDifference(result, product(x, held))).toBeLessThan(0.02); // and by little
    expect(largestDifference(result, product(x, matrix))).toBeGreaterThan(bits === 4 ? 0.02 : 1e-4);
  });

  test.each([{}, { tiedHead: true }])('a model %o in blocks is the model of the matrices that the blocks stand for', async (change) => {
    const definition = tinyModel(causal, change);
    const weights = randomWeights(definition, 7);
    const held: Weights = new Map(definition.parameters.map(({ name, shape, role }) => {
      const { data } = weights.get(name) as { readonly data: Float32Array };
      const sizes = shape as readonly [number, number];
      return [name, { shape, data: role === 'matrix' || name === 'lm_head.weight' ? fromBlocksNaive(toBlocks(data, sizes, bits), sizes, bits) : data }];
    }));
    await using inBlocks = await openTiny(definition, { precision: bits === 4 ? 'int4' : 'int8', weights });
    await using twin = await openTiny(definition, { weights: held });
    await using before = await openTiny(definition, { weights });
    const text = randomTokens(9, 23, 2);
    const [own, other, whole] = await Promise.all([inBlocks, twin, before].map(async (backbone) => {
      const context = await backbone.open();
      const { logits: first } = await context.append!(text.subarray(0, 4), { give: 'logits' });
      const { logits: step } = await context.append!(text.subarray(4, 5), { give: 'logits' });
      const { logits: rest } = await context.score(text.subarray(5), { give: 'logits' });
      return [...first, ...step, ...rest];
    }));
    const error = largestDifference(own!, other!);
    const lost = largestDifference(other!, whole!);
    expect(error).toBeLessThan('tiedHead' in change ? 0.5 : 0.15);
    if (bits === 4) expect(lost).toBeGreaterThan(2 * error);
  });
});
