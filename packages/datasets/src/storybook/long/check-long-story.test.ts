import { randomStream, type RandomStream } from '@palimpsest/sampling';
import { describe, expect, test } from 'vitest';
import { storybook } from '../generator/storybook.js';
import { checkLongStory } from './check-long-story.js';
import { longStorybook, type LongStory } from './long-storybook.js';

describe('generated truth', () => {
  test('scores exactly 1, chapter by chapter', () => {
    for (let seed = 0; seed < 60; seed += 1) {
      const { text, chapters } = longStorybook(300 + seed, { chapters: 2 + ((5 * seed) % 41) });
      const report = checkLongStory(text);
      expect({ seed, score: report.score, problems: report.memory.problems, plots: report.chapters.map(({ plot }) => plot) })
        .toEqual({ seed, score: 1, problems: [], plots: chapters.map(({ plot }) => plot) });
    }
  });
});

const stories = Array.from({ length: 30 }, (_, index) => longStorybook(70_000 + index, { chapters: 11 }));
const chaptersOf = (text: string): readonly string[] => text.split('\n\n');
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
type Corruption = (story: LongStory, random: RandomStream, other: LongStory) => string;
const reportsOf = (corrupt: Corruption): readonly ReturnType<typeof checkLongStory>[] =>
  stories.map((story, index) => checkLongStory(corrupt(story, randomStream(31, index), stories[(index + 11) % stories.length]!)));

/** One span that repeats a fact, with the words of another story's fact of that kind. */
const contradict = (kind: string): Corruption => ({ text, recalled }, random) => {
  const isOfKind = ({ fact }: { fact: string }): boolean => fact.endsWith(`: ${kind}`);
  const { start, end } = random.pick(recalled.filter(isOfKind));
  const words = stories.flatMap((other) => other.recalled.filter(isOfKind).map((span) => other.text.slice(span.start, span.end)));
  const own = text.slice(start, end);
  return text.slice(0, start) + random.pick(words.filter((word) => word !== own && /^[A-Z]/.test(word) === /^[A-Z]/.test(own))) + text.slice(end);
};

describe('corrupted long stories', () => {
  // Mean score at most; what is measured stands a little below.
  const corruptions: readonly (readonly [string, number, Corruption])[] = [
    ['chapters in random order', 0.6, ({ text }, random) => random.shuffle(chaptersOf(text)).join('\n\n')],
    ['chapters backwards', 0.4, ({ text }) => chaptersOf(text).toReversed().join('\n\n')],
    ['the later half of another story', 0.5, ({ text }, _, other) => [...chaptersOf(text).slice(0, 5), ...chaptersOf(other.text).slice(5)].join('\n\n')],
    ['one chapter of another story', 0.9, ({ text }, _, other) => chaptersOf(text).with(6, chaptersOf(other.text)[6]!).join('\n\n')],
    ['chapters that are short stories', 0.05, ({ seed }) => Array.from({ length: 11 }, (_, index) => storybook(20 * seed + index).text).join('\n\n')],
    ['without its first chapter', 0.9, ({ text }) => chaptersOf(text).slice(1).join('\n\n')],
    ['all in one paragraph', 0.2, ({ text }) => text.replaceAll('\n\n', ' ')],
    ['one kind contradicted', 0.92, contradict('kind')],
    ['one trait contradicted', 0.92, contradict('trait')],
    ['one home contradicted', 0.92, contradict('home')],
    ['one hiding place contradicted', 0.92, contradict('spot')],
    ['one belonging contradicted', 0.92, contradict('toy')],
  ];
  test.each(corruptions)('%s: at most %d', (name, limit, corrupt) => {
    const reports = reportsOf(corrupt);
    expect(mean(reports.map(({ score }) => score))).toBeLessThan(limit);
    if (name.startsWith('one')) expect(reports.every(({ score }) => score < 1)).toBe(true);
  });

  test('every fact that is contradicted costs more', () => {
    const curve = [0, 1, 4, 8].map((count) => mean(reportsOf((story, random) => {
      const kinds = story.recalled.filter(({ fact }) => fact.endsWith(': kind'));
      let { text } = story;
      for (const { start, end } of kinds.toReversed().filter((_, index) => index < count)) text = text.slice(0, start) + random.pick(['zebra', 'camel', 'hippo', 'llama', 'moose'].filter((kind) => !story.text.includes(kind))) + text.slice(end);
      return text;
    }).map(({ score }) => score)));
    expect(curve[0]).toBe(1);
    for (const [index, score] of curve.slice(1).entries()) expect(score).toBeLessThan(0.97 * curve[index]!);
  });
});

describe('problems are named where they are', () => {
  const chapters = [
    ['Once there was a bold boy named Otis.', 'Otis had a blue book and took it everywhere.', 'Otis dropped the book near the hedge and did not see it.', 'Later, Otis could not find the book.',
      '"I will help you," said Gina, a hopeful goose.', '"Look, it is near the hedge!" called Gina.', 'Gina gave the book back to Otis.', 'From that day on, Otis took good care of the book.',
      'Otis hid a red ring under the bench and told nobody.', 'Otis promised Gina to show her how to swim.'],
    ['Otis was a bold boy who lived by the sea.', 'His best friend was a hopeful goose named Gina.', 'Otis still had the blue book.', 'Otis looked under the bench, and the red ring was still there.',
      'Otis had not forgotten the promise to show Gina how to swim.', 'In secret, Otis planned a party for Gina.', 'Otis hung up balloons in the park.', '"Can we play chess?" asked Gina.', 'Otis only smiled and said no.',
      '"Surprise!" shouted Otis.', 'Gina saw the balloons and laughed.', 'Gina hugged Otis and felt happy.', 'Otis took the red ring from its place under the bench and hid it near the oak.'],
    ['Otis was a bold boy who lived by the sea.', 'Otis looked near the oak, and the red ring was still there.', 'Otis had a blue book and took it everywhere.', 'Otis left the book beside the log and forgot it.',
      '"Where is my book?" cried Otis.', 'Just then, a calm mole named Milo came by.', 'Milo looked beside the log and found the book!', 'Milo ran to Otis with the book.', 'Otis felt happy, and Milo smiled too.'],
  ];
  const report = (chapter = 0, sentence = 0, words?: string): ReturnType<typeof checkLongStory> =>
    checkLongStory(chapters.map((sentences, at) => sentences.map((own, index) => (at === chapter && index === sentence && words !== undefined ? words : own)).join(' ')).join('\n\n'));

  test('the story as it should be', () => {
    expect(report()).toMatchObject({ score: 1, memory: { score: 1, problems: [] } });
  });
  test.each([
    [1, 0, 'Otis was a bold fox who lived by the sea.', 'Otis: "Otis fox bold" stands where "Otis boy bold" belongs'],
    [1, 1, 'His best friend was a proud goose named Gina.', 'Gina: "Gina goose proud" stands where "Gina goose hopeful" belongs'],
    [1, 2, 'Otis still had the green book.', `Otis's toys: "green book" stands where "blue book" belongs`],
    [1, 3, 'Otis looked behind the bench, and the red ring was still there.', `Otis's hiding place: "behind the bench" stands where "under the bench" belongs`],
    [1, 3, 'Otis looked under the bench, and the red bell was still there.', `Otis's keepsake: "red bell" stands where "red ring" belongs`],
    [1, 4, 'Otis had not forgotten the promise to show Gina how to skate.', 'what Otis promised Gina: "skate" stands where "swim" belongs'],
    [2, 0, 'Otis was a bold boy who lived near the woods.', `Otis's home: "near the woods" stands where "by the sea" belongs`],
    [2, 1, 'Otis looked under the bench, and the red ring was still there.', `Otis's hiding place: "under the bench" stands where "near the oak" belongs`],
    [2, 2, 'Otis had a pink book and took it everywhere.', `Otis's toys: "pink book" stands where "blue book" belongs`],
  ])('chapter %i, sentence %i: %s', (chapter, sentence, words, problem) => {
    const { score, memory, chapters: graded } = report(chapter, sentence, words);
    expect(memory.problems[0]).toEqual({ chapter, sentence, problem });
    expect(memory.score).toBeLessThanOrEqual(0.5);
    expect(score).toBeLessThan(0.55);
    expect(graded.every((one) => one.score > 0.85)).toBe(true); // by themselves the chapters are sound
  });
  test('a keepsake, a promise and a hero that nobody has heard of', () => {
    const later = chapters.slice(1).map((sentences) => sentences.join(' '));
    const foreign = 'Once there was a shy girl named Mia. She had a friend, a wise mole named Tom. Mia had a red kite. Tom owned a yellow comb. Mia looked at the yellow comb and sighed. "Shall we trade?" asked Mia. ' +
      'Mia gave the kite to Tom. Tom gave the comb to Mia. Mia went home with the comb and a smile.';
    const { memory } = checkLongStory([foreign, ...later].join('\n\n'));
    expect(memory.problems.map(({ chapter, problem }) => [chapter, problem])).toEqual(expect.arrayContaining([
      [1, `"Otis", of whom the chapter is, was never met before`], [1, `nothing was told before of Otis's keepsake`], [1, 'nothing was told before of what Otis promised Gina'],
    ]));
    expect(memory.score).toBe(0);
  });
});

test.each(['', ' ', '\n\n\n', 'Lorem ipsum dolor sit amet.', 'a\n\nb\n\nc'])('%j scores 0', (text) => {
  expect(checkLongStory(text).score).toBe(0);
});

test('a short story alone is a long story of one chapter', () => {
  expect(checkLongStory(storybook(12).text).score).toBe(1);
});
