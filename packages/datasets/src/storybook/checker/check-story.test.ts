import { describe, expect, test } from 'vitest';
import { storybook } from '../generator/storybook.js';
import { checkStory } from './check-story.js';

describe('checkStory', () => {
  test('generated truth scores exactly 1 and is recognised sentence by sentence', () => {
    for (let seed = 0; seed < 2000; seed += 1) {
      const story = storybook(seed);
      const report = checkStory(story.text);
      expect({ seed, score: report.score, plot: report.plot, sentences: report.sentences }).toEqual({ seed, score: 1, plot: story.plot, sentences: story.sentences });
    }
  });
});
