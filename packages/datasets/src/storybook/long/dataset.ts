import { FIRST_HELD_OUT_SEED, heldOutSeed, trainingSeed } from '../generator/split.js';
import type { TextDataset } from '../../documents/text-dataset.js';
import { chaptersOf, longStorybook, type LongStorybookOptions } from './long-storybook.js';

/** Long stories of one number of chapters, on the same two sides of the seeds as the short ones. @throws DatasetError for a number out of range. */
export function longStorybookDataset(options: LongStorybookOptions = {}): TextDataset {
  return {
    name: `long storybook of ${chaptersOf(options)} chapters`,
    trainingCount: FIRST_HELD_OUT_SEED,
    heldOutCount: FIRST_HELD_OUT_SEED,
    training: (index) => longStorybook(trainingSeed(index), options).text,
    heldOut: (index) => longStorybook(heldOutSeed(index), options).text,
  };
}
