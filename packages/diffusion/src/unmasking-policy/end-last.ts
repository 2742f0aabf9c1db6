import type { UnmaskingPolicy } from './unmasking-policy.js';

/**
 * A policy that takes every proposal of an end token for the least sure, so that a page is written before it ends. A model that
 * was trained on texts padded with end tokens is surest of those, at once and far from the text, and would stop after a sentence
 * (LLaDA's published `generate` has it as `confidence_eos_eot_inf`). Policies that go by chance stay as they are.
 */
export function endLast(policy: UnmaskingPolicy, endTokens: readonly number[]): UnmaskingPolicy {
  const ends = new Set(endTokens);
  return {
    ...policy,
    name: `${policy.name}, end last`,
    decide: (view) => {
      const unless = (score: (index: number) => number, least: number) => (index: number): number => (ends.has(view.proposals[index]!) ? least : score(index));
      return policy.decide({ ...view, probability: unless(view.probability, 0), margin: unless(view.margin, 0), entropy: unless(view.entropy, Infinity) });
    },
  };
}
