import type { RandomStream } from '@palimpsest/sampling';

/**
 * Probability of each gap 1 to `count` between the pairs and a query, in slots of two tokens:
 *
 *   p(g) = g^(power - 1) / Σ h^(power - 1), h = 1 … count
 *
 * Zoology's power law (Arora et al. 2023, arXiv:2312.04927; formula as in the authors' zoology/data/multiquery_ar.py, `power_a`, 0.01 in
 * its figure 2): what was said lately comes again soonest. A power of 1 makes all gaps equally likely.
 */
export function gapProbabilities(count: number, power: number): readonly number[] {
  const weights = Array.from({ length: count }, (_, index) => (index + 1) ** (power - 1));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** `draws` different indices, one after the other, each by the probabilities of those that are left. */
export function drawDifferent(probabilities: readonly number[], draws: number, random: RandomStream): readonly number[] {
  const left = probabilities.map((weight, index) => ({ weight, index }));
  return Array.from({ length: draws }, () => {
    let mark = random.uniform() * left.reduce((sum, { weight }) => sum + weight, 0);
    const found = left.findIndex(({ weight }) => (mark -= weight) < 0);
    // Rounding may leave a last crumb above every weight; it belongs to the last index.
    const [drawn] = left.splice(found === -1 ? left.length - 1 : found, 1);
    return drawn!.index;
  });
}
