import { blockMatMul } from '../../src/index.js';
import type { OpName } from '../../src/index.js';
import { at, random, sum, tabulate } from './case.js';
import type { Case, Fed } from './case.js';

/** Rows of a matrix given as whole numbers, each times the scale of its block. */
function product(name: string, bits: 4 | 8, shape: readonly number[], inner: number, rows: number, size = 32): Case {
  const blocks = Math.ceil(inner / size);
  const zero = bits === 4 ? 8 : 128;
  const numbers = random([rows, blocks * size], 62, -zero, zero - 1e-9).data.map(Math.floor);
  const entry = (row: number, i: number): number => numbers[row * blocks * size + i]!;
  const perByte = 8 / bits;
  const packed: Fed = {
    type: 'uint8', shape: [rows, blocks, size / perByte],
    data: Float64Array.from({ length: numbers.length / perByte }, (_, byte) => sum(perByte, (part) => (numbers[byte * perByte + part]! + zero) * 16 ** part)),
  };
  const scales = random([rows, blocks], 63, 0.1, 2);
  const x = random([...shape, inner], 61);
  return {
    name: `${name}, ${bits} bits`, inputs: [x, packed, scales], order: 0, build: ([a, b, c]) => blockMatMul(a!, b!, c!, bits),
    expected: [tabulate([...shape, rows], (...coordinates) => {
      const [outer, row] = [coordinates.slice(0, -1), coordinates.at(-1)!];
      return sum(inner, (i) => at(x, ...outer, i) * entry(row, i) * at(scales, row, Math.floor(i / size)));
    })],
  };
}

export const blockMatMulCases: { readonly [K in Extract<OpName, 'blockMatMul'>]: readonly Case[] } = {
  blockMatMul: ([4, 8] as const).flatMap((bits) => [
    product('one row, one block', bits, [1], 32, 5), product('rows of several blocks', bits, [3], 96, 7), product('a batch, the last block not full', bits, [2, 3], 75, 6),
    product('blocks of 64', bits, [5], 150, 3, 64), product('blocks of 16', bits, [2], 50, 4, 16),
  ]),
};
