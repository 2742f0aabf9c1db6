import { createPairHeap } from './pair-heap.js';

/** Distinct words as symbol ids, and how often each occurs. */
export interface WordCounts {
  readonly words: readonly (readonly number[])[];
  readonly counts: readonly number[];
}

export interface MergeOptions extends WordCounts {
  /** Text of the symbols that exist already; a symbol's id is its index. */
  readonly symbols: readonly string[];
  readonly vocabularySize: number;
  /** A pair that occurs less often is not merged. */
  readonly minimumCount: number;
  /** Texts that no merge may spell. */
  readonly reserved: ReadonlySet<string>;
  readonly onMerge?: (vocabularySize: number) => void;
}

export interface Merges {
  readonly symbols: readonly string[];
  readonly merges: readonly (readonly [left: number, right: number])[];
}

// One number per pair, ordered as (left, right) is; exact, since ids stay far below 2^26.
const radix = 2 ** 26;

/**
 * Byte-pair encoding: merges the most frequent adjacent pair until the vocabulary is full or no pair is frequent
 * enough (Sennrich et al. 2016, arXiv:1508.07909, algorithm 1). Among equally frequent pairs the one with the lower
 * ids wins. Two merges may spell the same symbol; it keeps its first id.
 *
 * Pair counts are kept up to date by looking only at words that hold the merged pair; `learnMergesNaive` recounts.
 */
export function learnMerges({ words, counts, symbols, vocabularySize, minimumCount, reserved, onMerge }: MergeOptions): Merges {
  const vocabulary = [...symbols];
  const ids = new Map(vocabulary.map((symbol, id) => [symbol, id]));
  const merges: [number, number][] = [];
  const current = words.slice();
  const index = indexPairs(current, counts);
  const heap = createPairHeap();
  for (const [pair, count] of index.counts) heap.push(pair, count);

  while (vocabulary.length < vocabularySize) {
    const top = heap.pop();
    if (top === undefined) break;
    const count = index.counts.get(top.pair) ?? 0;
    if (count !== top.count) {
      // A pair that grew has a newer entry above; one that shrank goes back to its place.
      if (count > 0 && count < top.count) heap.push(top.pair, count);
      continue;
    }
    if (count < minimumCount) break;
    const left = Math.floor(top.pair / radix);
    const right = top.pair % radix;
    const text = vocabulary[left]! + vocabulary[right]!;
    if (reserved.has(text)) continue;
    const merged = ids.get(text) ?? vocabulary.push(text) - 1;
    ids.set(text, merged);
    merges.push([left, right]);
    for (const pair of applyMerge(current, counts, index, left, right, merged)) heap.push(pair, index.counts.get(pair)!);
    onMerge?.(vocabulary.length);
  }
  return { symbols: vocabulary, merges };
}

interface PairIndex {
  readonly counts: Map<number, number>;
  /** Words that hold the pair; may name a word twice, or one that has lost it since. */
  readonly words: Map<number, number[]>;
}

function indexPairs(words: readonly (readonly number[])[], counts: readonly number[]): PairIndex {
  const index: PairIndex = { counts: new Map(), words: new Map() };
  for (const [position, word] of words.entries()) {
    for (let i = 1; i < word.length; i++) {
      const pair = word[i - 1]! * radix + word[i]!;
      index.counts.set(pair, (index.counts.get(pair) ?? 0) + counts[position]!);
      addHolder(index, pair, position);
    }
  }
  return index;
}

function addHolder(index: PairIndex, pair: number, position: number): void {
  const holders = index.words.get(pair);
  if (holders === undefined) index.words.set(pair, [position]);
  else if (holders.at(-1) !== position) holders.push(position);
}

/** Rewrites every word that holds the pair and returns the pairs that now occur more often. */
function applyMerge(
  words: (readonly number[])[], counts: readonly number[], index: PairIndex, left: number, right: number, merged: number,
): number[] {
  const pair = left * radix + right;
  const before = new Map<number, number>();
  for (const position of index.words.get(pair)!) {
    const word = words[position]!;
    const next = mergePair(word, left, right, merged);
    if (next.length === word.length) continue;
    const count = counts[position]!;
    for (let i = 1; i < word.length; i++) {
      const old = word[i - 1]! * radix + word[i]!;
      const total = index.counts.get(old)!;
      if (!before.has(old)) before.set(old, total);
      index.counts.set(old, total - count);
    }
    for (let i = 1; i < next.length; i++) {
      const fresh = next[i - 1]! * radix + next[i]!;
      const total = index.counts.get(fresh) ?? 0;
      if (!before.has(fresh)) before.set(fresh, total);
      index.counts.set(fresh, total + count);
      // Only a pair with the merged symbol is new to the word.
      if (next[i - 1] === merged || next[i] === merged) addHolder(index, fresh, position);
    }
    words[position] = next;
  }
  index.words.delete(pair);
  return [...before].filter(([touched, total]) => (index.counts.get(touched) ?? 0) > total).map(([touched]) => touched);
}

/** The word with each `left, right` joined, from the left, without overlap. */
function mergePair(word: readonly number[], left: number, right: number, merged: number): number[] {
  const next: number[] = [];
  for (let i = 0; i < word.length; i++) {
    const joins = word[i] === left && word[i + 1] === right;
    next.push(joins ? merged : word[i]!);
    if (joins) i++;
  }
  return next;
}
