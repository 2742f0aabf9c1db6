import { zeroOf } from '@palimpsest/graph';

/** Entries of a row that share a scale, by bits: products with 4 bits are twice as fast in blocks of 64, and lose a little. */
export const blockSizes = { 4: 64, 8: 32 } as const;

/** A matrix as `blockMatMul` of the graph takes it. */
export interface BlockMatrix {
  readonly packed: Uint8Array; // [rows, blocks, bytes]
  readonly scales: Float32Array; // [rows, blocks]
}

/**
 * Rounds a matrix to whole numbers of `bits` bits and a scale to every block of a row. The entry that is farthest from zero becomes the
 * lowest number, -8 or -128, whose side has one number more; so the scale has its sign turned.
 */
export function toBlocks(matrix: Float32Array, [rows, columns]: readonly [number, number], bits: 4 | 8): BlockMatrix {
  const zero = zeroOf(bits);
  const blockSize = blockSizes[bits];
  const blocks = Math.ceil(columns / blockSize);
  const bytes = (blockSize * bits) / 8;
  const packed = new Uint8Array(rows * blocks * bytes).fill(bits === 8 ? zero : zero + 16 * zero);
  const scales = new Float32Array(rows * blocks);
  for (let row = 0; row < rows; row++) {
    for (let block = 0; block < blocks; block++) {
      const start = row * columns + block * blockSize;
      const end = Math.min(start + blockSize, (row + 1) * columns);
      let farthest = 0;
      for (let i = start; i < end; i++) if (Math.abs(matrix[i]!) > Math.abs(farthest)) farthest = matrix[i]!;
      if (farthest === 0) continue;
      const at = row * blocks + block;
      scales[at] = -farthest / zero;
      for (let i = start; i < end; i++) {
        const number = Math.min(Math.max(Math.round(matrix[i]! / scales[at]!), -zero), zero - 1) + zero;
        const place = i - start;
        if (bits === 8) packed[at * bytes + place] = number;
        else packed[at * bytes + (place >> 1)] = place % 2 === 0 ? (packed[at * bytes + (place >> 1)]! & 0xf0) | number : (packed[at * bytes + (place >> 1)]! & 0x0f) | (number << 4);
      }
    }
  }
  return { packed, scales };
}
