/**
 * Who may see whom, by absolute position. The sequence is cut into blocks from position 0; a token sees its own block
 * and all earlier ones. One number says it all: causal is a block of one, bidirectional a block without end
 * (BD3-LM, arXiv:2503.09573, section 3, interpolates between the two in the same way).
 */
export interface Visibility {
  readonly name: string;
  /** Tokens to a block: 1, a positive integer, or Infinity. */
  readonly blockSize: number;
  readonly sees: (query: number, key: number) => boolean;
}

const ofBlocks = (name: string, blockSize: number): Visibility => ({
  name,
  blockSize,
  sees: (query, key) => blockSize === Infinity || Math.floor(key / blockSize) <= Math.floor(query / blockSize),
});

export const causal: Visibility = ofBlocks('causal', 1);
export const bidirectional: Visibility = ofBlocks('bidirectional', Infinity);

/** @throws RangeError when `blockSize` is not a positive integer. */
export function blockCausal(blockSize: number): Visibility {
  if (!Number.isInteger(blockSize) || blockSize < 1) {
    throw new RangeError(`blockCausal: the block size must be a positive integer; got ${blockSize}. For one endless block use bidirectional.`);
  }
  return ofBlocks(`block-causal(${blockSize})`, blockSize);
}
