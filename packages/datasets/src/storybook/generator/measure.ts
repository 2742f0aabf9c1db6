import { storybook } from './storybook.js';

/** Words of texts in lower case; a word is a run of the letters a to z. */
export function distinctWords(texts: Iterable<string>): ReadonlySet<string> {
  const words = new Set<string>();
  for (const text of texts) for (const word of text.toLowerCase().match(/[a-z]+/g) ?? []) words.add(word);
  return words;
}

export interface PlotMeasure {
  readonly plot: string;
  readonly stories: number;
  /** Base-2 logarithm of the number of ways to tell the plot, estimated from the sample. */
  readonly log2Tellings: number;
}
export interface StorybookMeasure {
  readonly stories: number;
  readonly distinctTexts: number;
  readonly distinctWords: number;
  readonly sentencesPerStory: number;
  readonly wordsPerStory: number;
  /** Mean of `choiceNats`: an upper bound on the entropy of a story's text, in nats. */
  readonly entropyPerStory: number;
  readonly entropyPerWord: number;
  /** Probability that two stories are made by the same choices, estimated from the sample. */
  readonly repeatProbability: number;
  readonly plots: readonly PlotMeasure[];
}

/**
 * Measures the stories of seeds `from` to `from + count - 1`. With p the probability of a story's choices, the mean of
 * 1/p over stories is the number of possible choices, and the mean of p the probability that two stories agree in all of them.
 */
export function measureStorybook(from: number, count: number): StorybookMeasure {
  const stories = Array.from({ length: count }, (_, index) => storybook(from + index));
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const wordsPerStory = mean(stories.map(({ text }) => text.split(' ').length));
  const entropyPerStory = mean(stories.map(({ choiceNats }) => choiceNats));
  const plots = [...new Set(stories.map(({ plot }) => plot))].map((plot) => {
    const told = stories.filter((story) => story.plot === plot);
    return { plot, stories: told.length, log2Tellings: Math.log2(told.reduce((sum, { choiceNats }) => sum + Math.exp(choiceNats), 0) / count) };
  });
  return {
    stories: count,
    distinctTexts: new Set(stories.map(({ text }) => text)).size,
    distinctWords: distinctWords(stories.map(({ text }) => text)).size,
    sentencesPerStory: mean(stories.map(({ sentences }) => sentences.length)),
    wordsPerStory,
    entropyPerStory,
    entropyPerWord: entropyPerStory / wordsPerStory,
    repeatProbability: mean(stories.map(({ choiceNats }) => Math.exp(-choiceNats))),
    plots,
  };
}
