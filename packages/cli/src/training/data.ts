import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { PalimpsestError } from '@palimpsest/backbone';
import { cutAtSeparator, cutIntoWindows, FIRST_HELD_OUT_SEED, longStorybookDataset, storybook, textDataset } from '@palimpsest/datasets';
import type { LongStorybookOptions, TextDataset } from '@palimpsest/datasets';
import { uniformAt } from '@palimpsest/sampling';
import type { Tokenizer } from '@palimpsest/tokenizer';
import { documentRows, windowRows } from '@palimpsest/training';
import type { RowSource } from '@palimpsest/training';
import type { Recipe, RecipeData } from './recipe.js';

/** What a run learns from, before it is cut into tokens. */
export interface TrainingData {
  /** For the model's card. */
  readonly description: string;
  /** Another text has another one. */
  readonly fingerprint: string;
  /** The first so many for training, or all where there are fewer. */
  readonly documents: (count: number) => Iterable<string>;
  readonly rows: (tokenizer: Tokenizer, recipe: RowSizes) => { readonly training: RowSource; readonly heldOut: RowSource };
}

export type RowSizes = Pick<Recipe, 'rows' | 'length' | 'seed'>;

/** @throws PalimpsestError or DatasetError when a text cannot be read or is too short. */
export async function openData(data: RecipeData): Promise<TrainingData> {
  if (data === 'storybook') return storybookData;
  if (data === 'long-storybook') return longStorybookData({});
  if ('longStorybook' in data) return longStorybookData(data.longStorybook);
  const { text: path, separator } = data;
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new PalimpsestError({ where: path, expected: 'a text file', got: cause instanceof Error ? cause.message : String(cause), cause });
  });
  const fingerprint = createHash('sha256').update(text).digest('hex');
  const name = basename(path);
  return separator === undefined
    ? stretchesOf(textDataset({ name, documents: cutIntoWindows(text, pieceLength(text)) }), fingerprint)
    : documentsOf(textDataset({ name, documents: cutAtSeparator(text, separator) }), fingerprint);
}

const storybookData: TrainingData = {
  description: 'storybook: generated stories, no two alike',
  fingerprint: 'storybook',
  documents: function* (count) {
    for (let index = 0; index < count; index++) yield storybook(index).text;
  },
  rows: (tokenizer, sizes) => {
    const document = (index: number): Int32Array => wholeDocument(tokenizer, storybook(index).text);
    const source = (firstIndex: number): RowSource => documentRows({ document, firstIndex, rows: sizes.rows, length: sizes.length, padId: endOf(tokenizer) });
    return { training: source(0), heldOut: source(FIRST_HELD_OUT_SEED) };
  },
};

/** A row is a long story between begin and end token, or its beginning where the row is shorter. */
function longStorybookData(options: LongStorybookOptions): TrainingData {
  const dataset = longStorybookDataset(options);
  return {
    description: `${dataset.name}: generated stories, no two alike`,
    fingerprint: dataset.name,
    documents: documentsIn(dataset),
    rows: (tokenizer, { rows, length }) => {
      const source = (read: (index: number) => string): RowSource => documentRows({
        document: (index) => wholeDocument(tokenizer, read(index)).subarray(0, length), firstIndex: 0, rows, length, padId: endOf(tokenizer),
      });
      return { training: source(dataset.training), heldOut: source(dataset.heldOut) };
    },
  };
}

/** Characters to a piece that is held out or not: many pieces even of a small file, long stretches of a large one. */
const pieceLength = ({ length }: string): number => Math.min(4000, Math.max(200, Math.floor(length / 200)));

const documentsIn = ({ trainingCount, training }: TextDataset) => function* (count: number): Generator<string, void, void> {
  for (let index = 0; index < Math.min(count, trainingCount); index++) yield training(index);
};

/** A row is a begin token and a stretch of the text from anywhere. */
function stretchesOf(dataset: TextDataset, fingerprint: string): TrainingData {
  return {
    description: `${dataset.name}, stretches of the text; ${dataset.heldOutCount} of ${dataset.trainingCount + dataset.heldOutCount} pieces held out`,
    fingerprint,
    documents: documentsIn(dataset),
    rows: (tokenizer, { rows, length, seed }) => {
      const source = (count: number, document: (index: number) => string): RowSource =>
        afterBegin(beginOf(tokenizer), windowRows({ ids: joinedIds(tokenizer, count, document), rows, length: length - 1, seed }));
      return { training: source(dataset.trainingCount, dataset.training), heldOut: source(dataset.heldOutCount, dataset.heldOut) };
    },
  };
}

/** A row is a document between begin and end token, drawn from all. */
function documentsOf(dataset: TextDataset, fingerprint: string): TrainingData {
  return {
    description: `${dataset.name}, ${dataset.trainingCount} documents for training and ${dataset.heldOutCount} held out`,
    fingerprint,
    documents: documentsIn(dataset),
    rows: (tokenizer, { rows, length, seed }) => {
      const source = (count: number, read: (index: number) => string): RowSource => documentRows({
        document: (index) => wholeDocument(tokenizer, read(Math.floor(uniformAt(seed, index) * count))), firstIndex: 0, rows, length, padId: endOf(tokenizer),
      });
      return { training: source(dataset.trainingCount, dataset.training), heldOut: source(dataset.heldOutCount, dataset.heldOut) };
    },
  };
}

const wholeDocument = (tokenizer: Tokenizer, text: string): Int32Array => Int32Array.of(beginOf(tokenizer), ...tokenizer.encode(text), endOf(tokenizer));

function joinedIds(tokenizer: Tokenizer, count: number, document: (index: number) => string): Int32Array {
  const pieces = Array.from({ length: count }, (_, index) => tokenizer.encode(`${document(index)}\n`));
  const ids = new Int32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let filled = 0;
  for (const piece of pieces) {
    ids.set(piece, filled);
    filled += piece.length;
  }
  return ids;
}

const afterBegin = (begin: number, source: RowSource): RowSource => (step) => {
  const { rows, length, tokens } = source(step);
  const longer = new Int32Array(rows * (length + 1)).fill(begin);
  for (let row = 0; row < rows; row++) longer.set(tokens.subarray(row * length, (row + 1) * length), row * (length + 1) + 1);
  return { rows, length: length + 1, tokens: longer, lengths: new Int32Array(rows).fill(length + 1) };
};

const beginOf = ({ special }: Tokenizer): number => special.begin ?? missing('begin');
const endOf = ({ special }: Tokenizer): number => special.end ?? missing('end');

function missing(role: string): never {
  throw new PalimpsestError({ where: 'tokenizer', expected: `one with a ${role} token`, got: 'none', hint: 'Take the tokenizer of another model, or have one learned.' });
}
