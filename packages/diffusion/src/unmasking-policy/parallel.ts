import { PalimpsestError } from '@palimpsest/backbone';
import { ranked } from './ranked.js';
import type { UnmaskingPolicy } from './unmasking-policy.js';

/**
 * Commits the most probable proposal, and every other whose probability reaches `threshold`, until the block is full: as many
 * steps as the text needs, whatever was planned (Fast-dLLM, arXiv:2505.22618, section 3.3).
 *
 * @throws PalimpsestError when `threshold` is not from 0 to 1.
 */
export function confidenceThreshold(threshold: number = 0.9): UnmaskingPolicy {
  if (!(threshold >= 0 && threshold <= 1)) {
    throw new PalimpsestError({ where: 'confidenceThreshold', expected: 'a probability from 0 to 1', got: String(threshold), hint: 'Fast-dLLM uses 0.9.' });
  }
  return {
    name: `confidence-threshold(${threshold})`,
    ignoresPlan: true,
    decide: (view) => ({
      commit: ranked(view, (_, index) => view.probability(index))
        .filter((index, rank) => rank === 0 || view.probability(index) >= threshold)
        .map((index) => view.open[index]!),
    }),
  };
}

/**
 * Walks the proposals from the most probable down and commits the r-th while its probability is at least
 * 1 - factor / (r + 1): the more at once, the surer each must be (Fast-dLLM, arXiv:2505.22618, section 3.3). The first
 * is always committed.
 *
 * @throws PalimpsestError when `factor` is not a positive number.
 */
export function confidenceFactor(factor: number = 1): UnmaskingPolicy {
  checkPositive('confidenceFactor', 'factor', factor);
  return {
    name: `confidence-factor(${factor})`,
    ignoresPlan: true,
    decide: (view) => {
      const order = ranked(view, (_, index) => view.probability(index));
      const failure = order.findIndex((index, rank) => rank > 0 && view.probability(index) < 1 - factor / (rank + 2));
      return { commit: (failure < 0 ? order : order.slice(0, failure)).map((index) => view.open[index]!) };
    },
  };
}

/**
 * Commits the least doubtful cells while their joint entropy, less the largest of them, stays within `bound` nats: a bound on
 * what is lost by taking them as independent (Ben-Hamu et al. 2025, arXiv:2505.24857). The first is always
 * committed.
 *
 * @throws PalimpsestError when `bound` is not a positive number.
 */
export function entropyBound(bound: number = 0.1): UnmaskingPolicy {
  checkPositive('entropyBound', 'bound', bound);
  return {
    name: `entropy-bound(${bound})`,
    ignoresPlan: true,
    decide: (view) => {
      const order = ranked(view, (_, index) => -view.entropy(index));
      const commit: number[] = [];
      let entropyBefore = 0; // ascending order: the sum less the largest is the sum of those before
      for (const index of order) {
        if (entropyBefore > bound) break;
        commit.push(view.open[index]!);
        entropyBefore += view.entropy(index);
      }
      return { commit };
    },
  };
}

function checkPositive(where: string, name: string, value: number): void {
  if (!(value > 0 && value < Infinity)) throw new PalimpsestError({ where, expected: `a positive ${name}`, got: String(value) });
}
