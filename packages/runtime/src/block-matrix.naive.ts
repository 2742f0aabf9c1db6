import type { BlockMatrix } from './block-matrix.js';

/** The matrix that blocks stand for, entry by entry. */
export function fromBlocksNaive({ packed, scales }: BlockMatrix, [rows, columns]: readonly [number, number], bits: 4 | 8): Float32Array {
  const blocks = Math.ceil(columns / 32);
  return Float32Array.from({ length: rows * columns }, (_, index) => {
    const [row, column] = [Math.floor(index / columns), index % columns];
    const block = row * blocks + Math.floor(column / 32);
    const within = column % 32;
    if (bits === 8) return (packed[block * 32 + within]! - 128) * scales[block]!;
    const byte = packed[block * 16 + Math.floor(within / 2)]!;
    return ((within % 2 === 0 ? byte % 16 : Math.floor(byte / 16)) - 8) * scales[block]!;
  });
}
