import { randomStream, type RandomStream } from '@palimpsest/sampling';
import { describe, expect, test } from 'vitest';
import { storybook, type Story } from '../generator/storybook.js';
import { checkStory } from './check-story.js';

describe('generated truth', () => {
  test('scores exactly 1 and is recognised sentence by sentence', () => {
    for (let seed = 0; seed < 2000; seed += 1) {
      const story = storybook(seed);
      const { score, plot, sentences } = checkStory(story.text);
      expect({ seed, score, plot, sentences }).toEqual({ seed, score: 1, plot: story.plot, sentences: story.sentences });
    }
  });
});

const stories = Array.from({ length: 100 }, (_, index) => storybook(70_000 + index));
type Corruption = (story: Story, random: RandomStream) => string;
const scoresOf = (corrupt: Corruption): readonly number[] => stories.map((story, index) => checkStory(corrupt(story, randomStream(21, index))).score);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const opposite: Readonly<Record<string, string>> = { he: 'she', she: 'he', him: 'her', his: 'her', her: 'his', himself: 'herself', herself: 'himself', He: 'She', She: 'He', His: 'Her', Her: 'His' };
const swapPronouns = (text: string): string => text.replace(/\b(?:himself|herself|he|she|him|his|her)\b/gi, (word) => opposite[word] ?? word);
const swapNames = (text: string, one: string, other: string): string => text.replace(new RegExp(`\\b(?:${one}|${other})\\b`, 'g'), (name) => (name === one ? other : one));
const thingOf = ({ cast }: Story): string => (cast.toy ?? cast.food ?? cast.gear ?? cast.creature ?? cast.plant ?? cast.build ?? cast.dish ?? cast.body ?? cast.game ?? '').split(' ').at(-1)!;
const laterHalf = (story: Story, change: (sentence: string) => string): string =>
  story.sentences.map((sentence, index) => (index < story.sentences.length / 2 ? sentence : change(sentence))).join(' ');
const withFewer = ({ sentences }: Story, count: number): string => sentences.slice(0, sentences.length - count).join(' ');
const replaceWords = (count: number): Corruption => ({ text }, random) => {
  const words = text.split(' ');
  const others = random.pick(stories).text.split(' ');
  for (const at of random.shuffle(words.map((_, index) => index)).slice(0, count)) words[at] = random.pick(others);
  return words.join(' ');
};

describe('corrupted stories', () => {
  // Mean score at most; what is measured stands a little below.
  const corruptions: readonly (readonly [string, number, Corruption])[] = [
    ['sentences in random order', 0.25, ({ sentences }, random) => random.shuffle(sentences).join(' ')],
    ['sentences backwards', 0.1, ({ sentences }) => sentences.toReversed().join(' ')],
    ['names swapped in the later half', 0.75, (story) => laterHalf(story, (sentence) => swapNames(sentence, story.cast.hero!, story.cast.friend!))],
    ['an unknown name in the later half', 0.55, (story) => laterHalf(story, (sentence) => sentence.replaceAll(story.cast.hero!, 'Zelda').replaceAll(story.cast.friend!, 'Zelda'))],
    ['pronouns swapped', 0.9, ({ text }) => swapPronouns(text)],
    ['a thing replaced in the later half', 0.8, (story) => laterHalf(story, (sentence) => sentence.replaceAll(thingOf(story), 'umbrella'))],
    ['without the first sentence', 0.85, ({ sentences }) => sentences.slice(1).join(' ')],
    ['without the ending', 0.75, (story) => withFewer(story, 1)],
    ['without the last two sentences', 0.65, (story) => withFewer(story, 2)],
    ['cut off at two thirds', 0.6, ({ text }) => text.slice(0, Math.floor(0.67 * text.length))],
    ['first half of one, second half of another', 0.3, ({ sentences }, random) => [...sentences.slice(0, 4), ...storybook(1e6 + random.integer(1e6)).sentences.slice(4)].join(' ')],
    ['two stories in a row', 0.4, ({ text }, random) => `${text} ${storybook(1e6 + random.integer(1e6)).text}`],
    ['the same story twice', 0.55, ({ text }) => `${text} ${text}`],
    ['one sentence twice', 0.92, ({ sentences }, random) => {
      const at = random.integer(sentences.length);
      return sentences.toSpliced(at, 0, sentences[at]!).join(' ');
    }],
    ['words in random order', 0.01, ({ text }, random) => random.shuffle(text.split(' ')).join(' ')],
    ['lower case', 0.05, ({ text }) => text.toLowerCase()],
    ['without full stops', 0.1, ({ text }) => text.replaceAll('.', '')],
    ['only the first sentence, ten times', 0.15, ({ sentences }) => Array.from({ length: 10 }, () => sentences[0]).join(' ')],
  ];
  test.each(corruptions)('%s: at most %d', (_, limit, corrupt) => {
    expect(mean(scoresOf(corrupt))).toBeLessThan(limit);
  });

  test('the more words are replaced, the lower the score', () => {
    const curve = [0, 1, 2, 4, 8, 16, 32].map((count) => mean(scoresOf(replaceWords(count))));
    expect(curve[0]).toBe(1);
    for (const [index, score] of curve.slice(1).entries()) expect(score).toBeLessThan(0.9 * curve[index]!);
    expect(curve.at(-1)).toBeLessThan(0.05);
  });

  test('the more sentences are left out at the end, the lower the score of every story', () => {
    for (const story of stories) {
      const curve = [2, 3, 4].map((count) => checkStory(withFewer(story, count)).score);
      expect(curve[0]).toBeGreaterThan(curve[1]!);
      expect(curve[1]).toBeGreaterThan(curve[2]!);
    }
  });
});

describe('problems are named where they are', () => {
  // fair trade: the hero's crown for the friend's comb
  const sentences = [
    'A friendly otter named Isla lived in a stone cottage.', 'Next door lived Milly, an eager duck.', 'Isla had a silver crown.', 'Milly owned a yellow comb.',
    '"I wish I had a comb," said Isla.', '"Shall we trade?" asked Isla.', 'Isla handed Milly the silver crown.', 'Milly gave the comb to Isla.', 'Isla went home with the comb and a smile.',
  ];
  const report = (changes: Readonly<Record<number, string>>): ReturnType<typeof checkStory> => checkStory(sentences.map((sentence, index) => changes[index] ?? sentence).join(' '));

  test('the story as it should be', () => {
    expect(report({})).toMatchObject({ score: 1, plot: 'fair trade' });
  });
  test.each([
    ['names', { 6: 'Isla handed Tom the silver crown.' }, 6, /"Tom" stands where "Milly" belongs/],
    ['names', { 1: 'Next door lived Isla, an eager duck.' }, 1, /"Isla" stands for something else already/],
    ['names', { 0: 'A friendly boy named Isla lived in a stone cottage.' }, 0, /"Isla" does not go with what was said before/],
    ['world', { 6: 'Isla handed Milly the golden crown.' }, 6, /"golden" stands where "silver" belongs/],
    ['world', { 7: 'Milly gave the crown to Isla.' }, 7, /"crown" stands where "comb" belongs/],
    ['sentences', { 5: 'Isla wanted bread of doors.' }, 5, /no template/],
    ['plot', { 5: 'Together they looked behind the willow, and there it was!' }, 5, /out of place in the plot "fair trade"/],
  ])('%s %j', (part, changes, sentence, problem) => {
    const { score, parts } = report(changes);
    expect(score).toBeLessThan(0.95);
    expect(parts[part as keyof typeof parts].problems).toContainEqual({ sentence, problem: expect.stringMatching(problem) });
  });
  test('pronouns: disagreement, nobody before, and two who could be meant', () => {
    const wrong = 'Once there was a bold boy named Otis. His favorite thing was a blue book. She dropped the book near the hedge and did not see it.';
    expect(checkStory(wrong).parts.pronouns.problems).toContainEqual({ sentence: 2, problem: '"she" stands where "he" belongs' });
    expect(checkStory('He had a fancy bracelet that he loved very much.').parts.pronouns.problems[0]?.problem).toMatch(/refers to nobody/);
    const unclear = 'Once there was a bold girl named Mia. She had a friend, a wise mole named Ida. Soon it would be Ida\'s birthday. She thought and thought.';
    expect(checkStory(unclear).parts.pronouns.problems).toEqual([{ sentence: 3, problem: '"she" could be somebody else' }]);
  });
  test('a thing that is not where it was left', () => {
    const story = 'Once there was a bold boy named Otis. Otis had a blue book and took it everywhere. Otis dropped the book near the hedge and did not see it. ' +
      'Later, Otis could not find the book. "I will help you," said Gina, a hopeful goose. "Look, it is under the porch!" called Gina.';
    const { parts, score } = checkStory(story);
    expect(parts.world.problems.map(({ sentence }) => sentence)).toEqual([5, 5]); // the side and the spot
    expect(parts.plot.problems).toContainEqual({ sentence: undefined, problem: 'the plot does not close' });
    expect(score).toBeLessThan(0.6);
  });
});

describe('any text', () => {
  test.each(['', ' ', '\n', '"', '...', 'a', '😀', '\uD800', 'Lorem ipsum dolor sit amet.', '{hero} had {a toy}.', '"""...!!!', 'Mia'])('%j scores 0', (text) => {
    const report = checkStory(text);
    expect(report.score).toBe(0);
    expect(Object.values(report.parts).map(({ score }) => score)).toEqual([0, 0, 0, 0, 0]);
  });

  test('long texts take time in proportion', () => {
    const random = randomStream(2);
    const noise = Array.from({ length: 200_000 }, () => String.fromCharCode(32 + random.integer(95))).join('');
    const long = Array.from({ length: 2000 }, (_, index) => storybook(index % 50).sentences[index % 6]).join(' ');
    for (const text of [noise, long, ' '.repeat(400_000), '.'.repeat(100_000), 'Mia '.repeat(50_000), '"'.repeat(100_000)]) {
      expect(checkStory(text).score).toBeLessThan(0.01);
    }
  });
});
