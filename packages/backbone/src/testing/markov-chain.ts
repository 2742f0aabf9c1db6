import { PalimpsestError } from '../error.js';

/** A language whose every question has an exact answer: the next token depends on the last one alone. */
export interface MarkovChain {
  /** Probability of each word at position 0. */
  readonly initial: readonly number[];
  /** `transitions[from][to]`: rows sum to 1. */
  readonly transitions: readonly (readonly number[])[];
}

/** A chain in which every word can follow every word, with probabilities far from equal. `uniform` gives numbers in [0, 1). */
export function randomChain(words: number, uniform: () => number): MarkovChain {
  const row = (): readonly number[] => {
    const weights = Array.from({ length: words }, () => 0.05 + uniform() ** 2);
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return weights.map((weight) => weight / sum);
  };
  return { initial: row(), transitions: Array.from({ length: words }, row) };
}

/**
 * Probability of each word at `position`, given all other tokens that are words; ids beyond the words, such as the mask,
 * say nothing. The forward-backward algorithm (Rabiner 1989, section III.A) with evidence that is certain or absent.
 *
 * @throws PalimpsestError when the chain cannot produce the given words.
 */
export function posterior(chain: MarkovChain, tokens: Int32Array, position: number): readonly number[] {
  const words = chain.initial.length;
  const observe = (message: readonly number[], token: number): readonly number[] =>
    token < words ? message.map((weight, word) => (word === token ? weight : 0)) : message;

  let before = chain.initial;
  for (const token of tokens.subarray(0, position)) {
    const seen = observe(before, token);
    before = normalised(chain.initial.map((_, to) => seen.reduce((sum, weight, from) => sum + weight * chain.transitions[from]![to]!, 0)));
  }
  let after: readonly number[] = chain.initial.map(() => 1);
  for (const token of tokens.subarray(position + 1).toReversed()) {
    const seen = observe(after, token);
    after = normalised(chain.transitions.map((row) => row.reduce((sum, weight, to) => sum + weight * seen[to]!, 0)));
  }
  return normalised(before.map((weight, word) => weight * after[word]!));
}

function normalised(weights: readonly number[]): readonly number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (!(sum > 0)) {
    const hint = 'A chain without zeros, as randomChain gives, can produce everything.';
    throw new PalimpsestError({ where: 'Markov chain', expected: 'tokens that it can produce', got: 'a sequence of probability 0', hint });
  }
  return weights.map((weight) => weight / sum);
}
