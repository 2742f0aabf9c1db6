import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTokenizer, loadTokenizer, trainByteLevelBpe } from '@palimpsest/tokenizer';
import { longStorybook, storybook } from '@palimpsest/datasets';
import { findModel } from '@palimpsest/models';
import type { RowSource } from '@palimpsest/training';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { removeFolder, temporaryFolder } from '../../test/tiny-models.js';
import { openData } from './data.js';
import type { TrainingData } from './data.js';

const tokenizer = createTokenizer(trainByteLevelBpe({ documents: Array.from({ length: 30 }, (_, index) => storybook(index).text), vocabularySize: 400 }));
const { begin = -1, end = -1 } = tokenizer.special;
const sizes = { rows: 3, length: 37, seed: 5 };
const stories = Array.from({ length: 60 }, (_, index) => storybook(7000 + index).text);

let folder = '';
const file = (): string => join(folder, 'stories.txt');
beforeAll(async () => {
  folder = await temporaryFolder();
  await writeFile(file(), stories.join('\n\n'));
});
afterAll(() => removeFolder(folder));

/** The texts of some rows, without special tokens. */
const textsOf = (source: RowSource, steps: number): readonly string[] => Array.from({ length: steps }, (_, step) => {
  const { rows, length, tokens } = source(step);
  return Array.from({ length: rows }, (_row, row) => tokenizer.decode(tokens.subarray(row * length, (row + 1) * length), { skipSpecial: true }));
}).flat();
const rowsOf = (data: TrainingData): ReturnType<TrainingData['rows']> => data.rows(tokenizer, sizes);

describe('data', () => {
  test('storybook: a story to a row between begin and end, padded with end; held-out stories are others', async () => {
    const { training, heldOut } = (await openData('storybook')).rows(tokenizer, { rows: 2, length: 260, seed: 5 });
    const { tokens, lengths } = training(3);
    expect(textsOf((step) => training(step + 3), 1)).toEqual([storybook(3 * 2 * 16).text, storybook(3 * 2 * 16 + 16).text]);
    expect(tokens[0]).toBe(begin);
    expect(new Set(tokens.subarray(lengths[0]! - 1, 260))).toEqual(new Set([end]));
    expect(textsOf(heldOut, 1)).toEqual([storybook(2 ** 31).text, storybook(2 ** 31 + 16).text]);
  });

  test('long storybook: a long story to a row from its beginning, as long as the row is; another number of chapters is another run', async () => {
    const [standard, short] = await Promise.all([openData('long-storybook'), openData({ longStorybook: { chapters: 3 } })]);
    const { training, heldOut } = standard.rows(tokenizer, { rows: 2, length: 300, seed: 5 });
    const [first, second] = textsOf(training, 1);
    expect(longStorybook(0).text.startsWith(first!)).toBe(true);
    expect(longStorybook(16).text.startsWith(second!)).toBe(true);
    expect(first!.length).toBeGreaterThan(500);
    expect(longStorybook(2 ** 31).text.startsWith(textsOf(heldOut, 1)[0]!)).toBe(true);
    expect([...training(0).lengths]).toEqual([300, 300]);
    const whole = short.rows(tokenizer, { rows: 1, length: 1500, seed: 5 }).training;
    expect(textsOf(whole, 1)).toEqual([longStorybook(0, { chapters: 3 }).text]);
    expect(whole(0).tokens[whole(0).lengths[0]! - 1]).toBe(end);
    expect(standard.fingerprint).not.toBe(short.fingerprint);
    expect([...short.documents(2)]).toEqual([0, 1].map((seed) => longStorybook(seed, { chapters: 3 }).text));
    await expect(openData({ longStorybook: { chapters: 1 } })).rejects.toThrow('longStorybook: chapters: expected an integer from 2 to 200; got 1.');
  });

  test('with the tokenizer of the models here, 18 to 56 chapters have 2,000 to 8,000 tokens', async () => {
    const shipped = await loadTokenizer(await findModel('storybook-ar'));
    const lengths = (chapters: number): readonly number[] => Array.from({ length: 12 }, (_, seed) => shipped.encode(longStorybook(900 + seed, { chapters }).text).length);
    for (const length of [...lengths(18), ...lengths(56)]) {
      expect(length).toBeGreaterThanOrEqual(2000);
      expect(length).toBeLessThanOrEqual(8000);
    }
  });

  test('a text: a row is a begin token and a stretch of one side, and each row is another', async () => {
    const { training, heldOut } = rowsOf(await openData({ text: file() }));
    const [learned, kept] = [textsOf(training, 8), textsOf(heldOut, 8)];
    expect(training(0).tokens[0]).toBe(begin);
    expect(training(0).tokens.filter((id) => id === begin).length).toBe(3);
    expect(new Set(learned).size).toBe(24);
    const squeezed = (text: string): string => text.replace(/\s+/g, ' ').trim();
    const whole = squeezed(stories.join(' '));
    const found = (texts: readonly string[]): number => texts.filter((text) => whole.includes(squeezed(text))).length / texts.length;
    expect(found(learned)).toBeGreaterThan(0.7); // the others run over a gap where a piece is held out
    expect(found(kept)).toBeGreaterThan(0.3);
    expect(textsOf(training, 8)).toEqual(learned);
  });

  test('documents: a row is one of them from its beginning, none of the held-out ones', async () => {
    const { training, heldOut } = (await openData({ text: file(), separator: '\n\n' })).rows(tokenizer, { rows: 3, length: 260, seed: 5 });
    const startOf = (text: string): number => stories.findIndex((story) => story.startsWith(text.slice(0, 60)));
    const [learned, kept] = [new Set(textsOf(training, 40).map(startOf)), new Set(textsOf(heldOut, 10).map(startOf))];
    expect([learned.has(-1), kept.has(-1)]).toEqual([false, false]);
    expect([...kept].some((index) => learned.has(index))).toBe(false);
    expect(learned.size).toBeGreaterThan(35);
  });

  test('documents to learn a tokenizer from are the first of those for training; another text has another fingerprint', async () => {
    const data = await openData({ text: file(), separator: '\n\n' });
    expect([...data.documents(5)].length).toBe(5);
    expect([...data.documents(1000)].length).toBeLessThan(60);
    expect([...data.documents(1000)].every((text) => stories.includes(text))).toBe(true);
    await writeFile(join(folder, 'other.txt'), stories.slice(1).join('\n\n'));
    expect((await openData({ text: join(folder, 'other.txt') })).fingerprint).not.toBe((await openData({ text: file() })).fingerprint);
  });

  test('a tokenizer without begin or end is refused', async () => {
    const bare = createTokenizer(trainByteLevelBpe({ documents: ['the fox'], vocabularySize: 258, specialTokens: { mask: '<|mask|>' } }));
    const { rows } = await openData('storybook');
    expect(() => rows(bare, sizes)).toThrow('tokenizer: expected one with a end token; got none.');
  });
});
