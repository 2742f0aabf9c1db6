import type { MergeOptions, Merges } from './merges.js';

/** As `learnMerges`, by recounting every pair of every word before each merge. Small corpora only. */
export function learnMergesNaive({ words, counts, symbols, vocabularySize, minimumCount, reserved }: MergeOptions): Merges {
  const vocabulary = [...symbols];
  const merges: [number, number][] = [];
  let current = words;
  while (vocabulary.length < vocabularySize) {
    const totals = new Map<string, number>();
    for (const [position, word] of current.entries()) {
      for (let i = 1; i < word.length; i++) {
        const pair = `${word[i - 1]} ${word[i]}`;
        totals.set(pair, (totals.get(pair) ?? 0) + counts[position]!);
      }
    }
    const best = [...totals]
      .map(([pair, count]) => ({ pair: pair.split(' ').map(Number), count }))
      .map(({ pair, count }) => ({ left: pair[0]!, right: pair[1]!, count }))
      .filter(({ left, right, count }) => count >= minimumCount && !reserved.has(vocabulary[left]! + vocabulary[right]!))
      .sort((a, b) => b.count - a.count || a.left - b.left || a.right - b.right)[0];
    if (best === undefined) break;
    const { left, right } = best;
    const text = vocabulary[left]! + vocabulary[right]!;
    const known = vocabulary.indexOf(text);
    const merged = known === -1 ? vocabulary.push(text) - 1 : known;
    merges.push([left, right]);
    current = current.map((word) => replaceFirstUntilNone(word, left, right, merged));
  }
  return { symbols: vocabulary, merges };
}

function replaceFirstUntilNone(word: readonly number[], left: number, right: number, merged: number): readonly number[] {
  const at = word.findIndex((symbol, i) => symbol === left && word[i + 1] === right);
  return at === -1 ? word : replaceFirstUntilNone([...word.slice(0, at), merged, ...word.slice(at + 2)], left, right, merged);
}
