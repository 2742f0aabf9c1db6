import { uniformAt } from '@palimpsest/sampling';
import { checkIndex, DatasetError } from './error.js';

/** Documents by number, on two sides that share none. */
export interface TextDataset {
  readonly name: string;
  readonly trainingCount: number;
  readonly heldOutCount: number;
  /** @throws DatasetError when `index` is not an integer from 0 to `trainingCount - 1`. */
  training(index: number): string;
  /** @throws DatasetError when `index` is not an integer from 0 to `heldOutCount - 1`. */
  heldOut(index: number): string;
}

/** The pieces between separators, without white space at their ends; empty ones are left out. Blank lines separate by default. */
export function cutAtSeparator(text: string, separator: string | RegExp = /\n\s*\n/): readonly string[] {
  return text
    .split(separator)
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '');
}

/**
 * Consecutive pieces of at most `length` characters (UTF-16 units), cut at white space where there is any, never inside a
 * surrogate pair. For texts without separators.
 *
 * @throws DatasetError when `length` is not an integer of at least 2.
 */
export function cutIntoWindows(text: string, length: number): readonly string[] {
  if (!Number.isInteger(length) || length < 2) {
    throw new DatasetError({ where: 'cutIntoWindows', expected: 'a length of at least 2 characters', got: String(length) });
  }
  const windows: string[] = [];
  for (let start = 0; start < text.length; ) {
    const end = windowEnd(text, start, length);
    const piece = text.slice(start, end).trim();
    if (piece !== '') windows.push(piece);
    start = end;
  }
  return windows;
}

function windowEnd(text: string, start: number, length: number): number {
  const limit = start + length;
  if (limit >= text.length) return text.length;
  for (let end = limit; end > start; end -= 1) if (/\s/.test(text.charAt(end))) return end;
  return /[\uD800-\uDBFF]/.test(text.charAt(limit - 1)) ? limit - 1 : limit;
}

export interface TextDatasetOptions {
  readonly name: string;
  readonly documents: readonly string[];
  /** Share of distinct documents that is held out, strictly between 0 and 1; 0.05 when absent. */
  readonly heldOutFraction?: number;
  /** Another seed holds out others; 0 when absent. */
  readonly seed?: number;
}

/**
 * Sorts documents into training and held out. The side depends on the document's own text and the seed, so equal
 * documents are on the same side, and adding documents moves none of the others.
 *
 * @throws DatasetError when the fraction is out of range or a side would be empty.
 */
export function textDataset({ name, documents, heldOutFraction = 0.05, seed = 0 }: TextDatasetOptions): TextDataset {
  const where = `textDataset "${name}"`;
  if (!(heldOutFraction > 0 && heldOutFraction < 1)) {
    throw new DatasetError({ where, expected: 'a held-out fraction between 0 and 1', got: String(heldOutFraction) });
  }
  const isHeldOut = (document: string): boolean => uniformAt(seed, hash32(document)) < heldOutFraction;
  const heldOut = documents.filter(isHeldOut);
  const training = documents.filter((document) => !isHeldOut(document));
  if (heldOut.length === 0 || training.length === 0) {
    throw new DatasetError({
      where,
      expected: 'documents on both sides',
      got: `${training.length} for training and ${heldOut.length} held out`,
      hint: 'Cut the text into more documents, or try another seed or fraction.',
    });
  }
  return {
    name,
    trainingCount: training.length,
    heldOutCount: heldOut.length,
    training: (index) => documentAt(`${where} training`, training, index),
    heldOut: (index) => documentAt(`${where} heldOut`, heldOut, index),
  };
}

function documentAt(where: string, documents: readonly string[], index: number): string {
  checkIndex(where, index, documents.length);
  return documents[index]!;
}

/** FNV-1a of the UTF-16 units, 32 bits (Fowler, Noll & Vo 1991). */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
