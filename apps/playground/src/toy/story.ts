import type { MarkovChain } from '@palimpsest/backbone/testing';

/** All that the toys know. */
const story = `
Once upon a time there was a fox. The fox had a red ball. One day the ball was gone. The fox looked under the tree.
The ball was not there. Then the fox met a hedgehog. The hedgehog had a red ball. The fox was glad.
One day there was rain. The hedgehog was under the tree. Then the rain was gone. The fox and the hedgehog had a day in the sun.
`;

const pieces = /[\p{L}']+|[^\p{L}\s]/gu;

export const begin = 0;
export const end = 1;
const unknown = 2;
const words: readonly string[] = ['', '', '?', ...new Set(story.match(pieces))];
/** Follows the last word. */
export const mask: number = words.length;

export function encode(text: string): Int32Array {
  return Int32Array.from(text.match(pieces) ?? [], (piece) => Math.max(words.indexOf(piece), unknown));
}

/** A word brings the space before it, except the first; a punctuation mark brings none. */
export function decodeCells(ids: Int32Array): readonly string[] {
  const first = ids.findIndex((id) => id !== begin);
  return Array.from(ids, (id, position) => (position === first ? (words[id] ?? '') : tokenText(id)));
}

export function tokenText(id: number): string {
  const word = words[id] ?? '';
  return /^\p{L}/u.test(word) ? ` ${word}` : word;
}

/** Which word follows which, counted in the story. */
export function storyChain(): MarkovChain {
  const counts = words.map(() => words.map(() => 0.002)); // anything may follow anything, if hardly ever
  const count = (from: number, to: number): void => {
    const row = counts[from];
    if (row !== undefined) row[to] = (row[to] ?? 0) + 1;
  };
  const ids = [begin, ...encode(story), end];
  ids.slice(1).forEach((to, index) => count(ids[index] ?? begin, to));
  count(end, end);
  const transitions = counts.map(normalised);
  return { initial: normalised(words.map((_, id) => (id === begin ? 1 : 0.002))), transitions };
}

function normalised(weights: readonly number[]): readonly number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}
