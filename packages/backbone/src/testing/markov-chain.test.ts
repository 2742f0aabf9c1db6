import { expect, test } from 'vitest';
import { posterior, randomChain } from './markov-chain.js';
import type { MarkovChain } from './markov-chain.js';
import { seededUniform } from './seeded-uniform.js';

/** Sums the probability of every sequence that agrees with the given words. */
function posteriorNaive({ initial, transitions }: MarkovChain, tokens: readonly number[], position: number): number[] {
  const weights = initial.map(() => 0);
  const extend = (sequence: readonly number[], probability: number): void => {
    const place = sequence.length;
    if (place === tokens.length) weights[sequence[position]!]! += probability;
    else {
      for (const word of initial.keys()) {
        const fits = place === position || tokens[place]! >= initial.length || tokens[place] === word;
        const next = place === 0 ? initial[word]! : transitions[sequence[place - 1]!]![word]!;
        if (fits) extend([...sequence, word], probability * next);
      }
    }
  };
  extend([], 1);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

test('the posterior is that of summing over all sequences', () => {
  for (const seed of [1, 2, 3]) {
    const uniform = seededUniform(seed);
    const chain = randomChain(3, uniform);
    for (let trial = 0; trial < 20; trial++) {
      const tokens = Array.from({ length: 5 }, () => Math.floor(4 * uniform())); // 3 is the mask
      for (const position of tokens.keys()) {
        const expected = posteriorNaive(chain, tokens, position);
        for (const [word, p] of posterior(chain, Int32Array.from(tokens), position).entries()) expect(p).toBeCloseTo(expected[word]!, 12);
      }
    }
  }
});

test('a random chain is one of probabilities, and they differ', () => {
  const { initial, transitions } = randomChain(5, seededUniform(4));
  for (const row of [initial, ...transitions]) {
    expect(row.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
    expect(Math.min(...row)).toBeGreaterThan(0);
    expect(new Set(row).size).toBe(5);
  }
});

test('words that the chain cannot produce are refused', () => {
  const chain = { initial: [1, 0], transitions: [[1, 0], [0.5, 0.5]] };
  expect(() => posterior(chain, Int32Array.of(0, 1, 0), 2)).toThrow('Markov chain: expected tokens that it can produce');
});
