import type { BlockPlan } from './block-plan.js';

/** How much of a long text the model sees. */
export interface Window {
  /** Tokens that are seen at once, a block and what is committed before it, a block of the model's at least: at most the backbone's context. */
  readonly tokens: number;
  /**
   * Tokens before a block that are read once more where it would not fit otherwise; by default as many as fit, as in BD3-LM, whose window moves with every
   * block. Fewer are forgotten sooner and have the window move less often.
   */
  readonly keep?: number;
}

/**
 * Where the text begins that each block sees, always where one of the model's blocks does: at the text's begin while all fits in the window, then at `keep`
 * tokens before the block, or a few less, until that does not fit either. Positions count from there.
 */
export function basesOf({ committed, blocks }: BlockPlan, modelBlock: number, { tokens, keep }: Required<Window>): readonly number[] {
  let base = 0;
  return blocks.map(({ start, end }, block) => {
    const prefix = block === 0 ? committed : start;
    if (end - base > tokens) base = prefix - Math.floor(keep / modelBlock) * modelBlock;
    return base;
  });
}
