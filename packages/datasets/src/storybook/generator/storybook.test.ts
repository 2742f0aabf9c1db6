import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Step } from '../grammar/plot.js';
import { sentenceReader } from '../grammar/reader.js';
import { plots } from '../world/world.js';
import { distinctWords, measureStorybook } from './measure.js';
import { FIRST_HELD_OUT_SEED, heldOutSeed, storybookDataset, storybookPrompts, trainingSeed } from './split.js';
import { storybook } from './storybook.js';

/** Every way to read the sentences as steps of a plot, one after the other, without leaving out a step that is always told. */
function inOrder(sentences: readonly (readonly Step[])[], steps: readonly Step[]): readonly (readonly string[])[] {
  const [step, ...later] = steps;
  if (step === undefined) return sentences.length === 0 ? [[]] : [];
  const told = sentences[0]?.filter((reading) => reading === step).flatMap(() => inOrder(sentences.slice(1), later).map((names) => [step.name, ...names])) ?? [];
  return step.chance < 1 ? [...told, ...inOrder(sentences, later)] : told;
}

describe('storybook', () => {
  const stories = Array.from({ length: 3000 }, (_, seed) => storybook(seed));
  const texts = stories.map(({ text }) => text);

  test('is a function of the seed, and the texts are those that the models of this repository were trained on', () => {
    expect(storybook(1234)).toEqual(storybook(1234));
    expect(storybook(1234).text).not.toBe(storybook(1235).text);
    const digest = createHash('sha256').update(texts.slice(0, 1000).join('\n')).digest('hex');
    expect(digest).toBe('6cdba6f9490750af9604fc3e7558beeea619b221cae1b142eb879a43a32a89e2');
  });

  test('tells every plot about equally often, in 6 to 10 sentences of one paragraph', () => {
    for (const { name } of plots) {
      const share = stories.filter(({ plot }) => plot === name).length / stories.length;
      expect(Math.abs(share - 1 / plots.length)).toBeLessThan(0.018); // over four standard deviations
    }
    for (const { text, sentences, steps } of stories) {
      expect(text).toBe(sentences.join(' '));
      expect(text).not.toMatch(/\s\s|\n|undefined|[{}]/);
      expect(steps.length).toBe(sentences.length);
      expect(sentences.length).toBeGreaterThanOrEqual(6);
      expect(sentences.length).toBeLessThanOrEqual(10);
    }
  });

  test('uses over 1,500 words and does not repeat itself', () => {
    expect(distinctWords(texts).size).toBeGreaterThan(1500);
    expect(new Set(texts).size).toBe(texts.length);
    const measure = measureStorybook(50_000, 2000);
    // Among a billion stories there are 5e17 pairs.
    expect(5e17 * measure.repeatProbability).toBeLessThan(1);
    expect(measure.distinctTexts).toBe(2000);
    expect(measure.plots.every(({ log2Tellings }) => log2Tellings > 70)).toBe(true);
  });

  test('the text gives its choices away, so that their entropy is that of the text', () => {
    const read = sentenceReader(plots);
    for (const { text, plot, steps } of stories.slice(0, 400)) {
      const sentences = read(text).map(({ readings }) => readings.map(({ step }) => step));
      const explanations = plots.flatMap((one) => inOrder(sentences, one.steps).map((told) => [one.name, ...told]));
      expect(explanations).toEqual([[plot, ...steps]]);
    }
  });

  test('people of a story differ and keep their pronouns', () => {
    for (const { cast } of stories) expect(cast.hero).not.toBe(cast.friend);
    const girls = texts.flatMap((text) => [...text.matchAll(/girl (?:named|called) (\w+)/g)].map(([, name]) => name));
    const boys = new Set(texts.flatMap((text) => [...text.matchAll(/boy (?:named|called) (\w+)/g)].map(([, name]) => name)));
    expect(girls.length).toBeGreaterThan(300);
    expect(girls.filter((name) => boys.has(name))).toEqual([]);
  });
});

describe('the two sides', () => {
  test('have no seed and no text in common', () => {
    expect(trainingSeed(FIRST_HELD_OUT_SEED - 1)).toBeLessThan(heldOutSeed(0));
    const training = new Set(Array.from({ length: 3000 }, (_, index) => storybookDataset.training(index)));
    const heldOut = Array.from({ length: 3000 }, (_, index) => storybookDataset.heldOut(index));
    expect(heldOut.filter((text) => training.has(text))).toEqual([]);
    expect(heldOut[7]).toBe(storybook(2 ** 31 + 7).text);
  });

  test.each([-1, 0.5, Number.NaN, 2 ** 31])('number %s is an error', (index) => {
    expect(() => trainingSeed(index)).toThrow(/trainingSeed: expected a document's number from 0 to 2147483647; got/);
    expect(() => heldOutSeed(index)).toThrow(/heldOutSeed/);
  });
});

test('prompts are openings of held-out stories, different for each seed', () => {
  const prompts = storybookPrompts(5);
  expect(prompts).toEqual(storybookPrompts(5));
  expect(prompts.length).toBe(24);
  for (const { text, story } of prompts) {
    expect(story.text.startsWith(`${text} `)).toBe(true);
    expect(story.seed).toBeGreaterThanOrEqual(FIRST_HELD_OUT_SEED);
  }
  const all = [0, 1, 5].flatMap((seed) => storybookPrompts(seed, 64).map(({ text }) => text));
  expect(new Set(all).size).toBe(all.length);
  expect(() => storybookPrompts(0, 65)).toThrow(/count/);
});
