import { checkStory, storybook } from '@palimpsest/datasets';
import { describe, expect, test } from 'vitest';
import { scoreStories } from './checker-score.js';

const stories = [3, 14, 159, 2653].map((seed) => storybook(seed));
const texts = stories.map(({ text }) => text);

test('true stories have no fault', () => {
  const plots: Record<string, number> = {};
  for (const { plot } of stories) plots[plot] = (plots[plot] ?? 0) + 1;
  expect(scoreStories(texts)).toEqual({
    texts: 4, score: 1, standardError: 0, faultless: 1, parts: { sentences: 1, names: 1, pronouns: 1, world: 1, plot: 1 }, plots, problems: [],
  });
});

describe('a corpus of true, shuffled and foreign texts', () => {
  const shuffled = stories[0]!.sentences.toReversed().join(' ');
  const foreign = 'Colourless green ideas sleep furiously.';
  const given = [...texts, shuffled, foreign];
  const report = scoreStories(given);
  const scores = given.map((text) => checkStory(text).score);

  test('the mean and its standard error are those of the single scores', () => {
    const mean = scores.reduce((sum, score) => sum + score, 0) / 6;
    const deviation = Math.sqrt(scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / 5);
    expect(report.score).toBeCloseTo(mean, 12);
    expect(report.standardError).toBeCloseTo(deviation / Math.sqrt(6), 12);
    expect(report.faultless).toBeCloseTo(4 / 6, 12);
    expect(report.score).toBeLessThan(0.95);
  });

  test('each part has its own mean, and faults are counted by name, the most frequent first', () => {
    expect(report.parts.sentences).toBeCloseTo(5 / 6, 12);
    expect(report.parts.plot).toBeCloseTo(given.reduce((sum, text) => sum + checkStory(text).parts.plot.score, 0) / 6, 12);
    expect(report.problems.length).toBeLessThanOrEqual(10);
    expect(report.problems).toContainEqual({ problem: 'no template of this world fits', count: 1 });
    const counts = report.problems.map(({ count }) => count);
    expect(counts).toEqual(counts.toSorted((a, b) => b - a));
    const twice = scoreStories([...given, ...given]);
    expect(twice.problems).toEqual(report.problems.map(({ problem, count }) => ({ problem, count: 2 * count })));
    expect(twice.score).toBeCloseTo(report.score, 12);
  });
});

test('one text has no spread, and none is an error', () => {
  expect(scoreStories(['Nothing of this world.'])).toMatchObject({ score: 0, standardError: 0, plots: {} });
  expect(() => scoreStories([])).toThrow('scoreStories: expected at least one text; got none.');
});
