import type { Range } from '@palimpsest/backbone';

/**
 * Where blocks begin, given the tokens of the prompt and of a block: the number of the prompt's tokens that are whole blocks. The rest of
 * the prompt, less than a block, stands in the first block that is written. Where the number is no multiple of the model's blocks, the prompt's
 * first block is the shorter for it.
 */
export type Alignment = (promptLength: number, blockSize: number) => number;

/** Blocks are counted from the first token, as in training: SDAR, LLaDA2, and the tokens of every block-causal mask. */
export const fromStart: Alignment = (promptLength, blockSize) => (blockSize === Infinity ? 0 : promptLength - (promptLength % blockSize));

/**
 * The first block is written right behind the prompt, whose own first block is the shorter for it: dllm, which fills it up on the left with
 * tokens that nothing sees and that have no position.
 */
export const fromPrompt: Alignment = (promptLength) => promptLength;

/** What is committed before the first block, and the cells of each block, left to right. */
export interface BlockPlan {
  readonly committed: number;
  /** The last one is cut where the text ends; the first lacks what the prompt has of it. */
  readonly blocks: readonly Range[];
}

/** @param committed tokens of the prompt; behind them less than a block is left of it. */
export function planBlocks(promptLength: number, length: number, blockSize: number, committed: number): BlockPlan {
  const blocks: Range[] = [];
  for (let start = committed; start < length; start += blockSize) blocks.push({ start: Math.max(start, promptLength), end: Math.min(start + blockSize, length) });
  return { committed, blocks };
}
