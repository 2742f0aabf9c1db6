import { checkIndex } from '../../documents/error.js';
import type { TextDataset } from '../../documents/text-dataset.js';
import { storybook, type Story } from './storybook.js';

/** Seeds below this one are for training; from this one up to 2^32 - 1 they are held out. */
export const FIRST_HELD_OUT_SEED: number = 2 ** 31;

/** @throws DatasetError when `index` is not an integer from 0 to 2^31 - 1. */
export function trainingSeed(index: number): number {
  checkIndex('trainingSeed', index, FIRST_HELD_OUT_SEED);
  return index;
}

/** The seed of held-out story `index`, which no training story has. @throws DatasetError as `trainingSeed`. */
export function heldOutSeed(index: number): number {
  checkIndex('heldOutSeed', index, FIRST_HELD_OUT_SEED);
  return FIRST_HELD_OUT_SEED + index;
}

export const storybookDataset: TextDataset = {
  name: 'storybook',
  trainingCount: FIRST_HELD_OUT_SEED,
  heldOutCount: FIRST_HELD_OUT_SEED,
  training: (index) => storybook(trainingSeed(index)).text,
  heldOut: (index) => storybook(heldOutSeed(index)).text,
};

export interface StorybookPrompt {
  /** The first one to three sentences of the story. */
  readonly text: string;
  readonly story: Story;
}

const MAXIMUM_PROMPTS = 64;

/**
 * Openings to continue, from held-out stories. Other seeds give other openings.
 *
 * @param seed integer from 0 to 2^20 - 1.
 * @param count 1 to 64.
 * @throws DatasetError otherwise.
 */
export function storybookPrompts(seed: number, count: number = 24): readonly StorybookPrompt[] {
  checkIndex('storybookPrompts seed', seed, 2 ** 20);
  checkIndex('storybookPrompts count', count, MAXIMUM_PROMPTS + 1);
  // From the far end of the held-out seeds: evaluations count from the near one.
  const first = 2 ** 32 - MAXIMUM_PROMPTS * (seed + 1);
  return Array.from({ length: count }, (_, index) => {
    const story = storybook(first + index);
    return { text: story.sentences.slice(0, 1 + (index % 3)).join(' '), story };
  });
}
