import type { BlockMatrix } from './block-matrix.js';

/** The matrix that blocks stand for, entry by entry. */
export function fromBlocksNaive({ packed, scales }: BlockMatrix, [rows, columns]: readonly [number, number], bits: 4 | 8): Float32Array {
  const size = bits === 4 ? 64 : 32;
  const blocks = Math.ceil(columns / size);
  return Float32Array.from({ length: rows * columns }, (_, index) => {
    const [row, column] = [Math.floor(index / columns), index % columns];
    const block = row * blocks + Math.floor(column / size);
    const within = column % size;
    if (bits === 8) return (packed[block * size + within]! - 128) * scales[block]!;
    const byte = packed[(block * size) / 2 + Math.floor(within / 2)]!;
    return ((within % 2 === 0 ? byte % 16 : Math.floor(byte / 16)) - 8) * scales[block]!;
  });
}
