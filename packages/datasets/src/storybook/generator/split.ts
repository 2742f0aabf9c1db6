import { storybook, type Story } from './storybook.js';

/** Seeds below are for training, seeds from here up to 2^32 - 1 are held out. */
export const FIRST_HELD_OUT_SEED: number = 2 ** 31;

/** The seed of training story `index`: 0 to 2^31 - 1, then from the start again. */
export function trainingSeed(index: number): number {
  return index % FIRST_HELD_OUT_SEED;
}

/** The seed of held-out story `index`. No training story has it. */
export function heldOutSeed(index: number): number {
  return FIRST_HELD_OUT_SEED + (index % FIRST_HELD_OUT_SEED);
}

export interface StorybookPrompt {
  /** The first sentences of the story, without a space at the end. */
  readonly text: string;
  readonly story: Story;
}

/**
 * Openings to continue, taken from held-out stories, of one to three sentences each and of every plot in turn.
 *
 * @param seed integer from 0 to 2^20 - 1; each gives other openings.
 * @param count how many, 1 to 64.
 */
export function storybookPrompts(seed: number, count: number = 24): readonly StorybookPrompt[] {
  // The top of the held-out range, far from where an evaluation starts to count.
  const first = 2 ** 32 - 64 * (seed + 1);
  return Array.from({ length: count }, (_, index) => {
    const story = storybook(first + index);
    return { text: story.sentences.slice(0, 1 + (index % 3)).join(' '), story };
  });
}
