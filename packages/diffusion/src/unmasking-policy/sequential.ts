import { PalimpsestError } from '@palimpsest/backbone';
import type { UnmaskingPolicy } from './unmasking-policy.js';

/** The step's quota of cells from the left (SDAR's `sequential`). */
export const sequential: UnmaskingPolicy = {
  name: 'sequential',
  decide: ({ open, quota }) => ({ commit: [...open.subarray(0, quota)] }),
};

/**
 * The leftmost cell, and those right of it for as long as each one's probability reaches `threshold`: several tokens to a pass where they
 * are sure, in no other order than left to right. What is open is then always the end of the block, which a model can be trained on
 * (`endsMasked` of `blockDiffusion` in `@palimpsest/training`). The threshold is that of Fast-dLLM (arXiv:2505.22618, section 3.3).
 *
 * @throws PalimpsestError when `threshold` is not from 0 to 1.
 */
export function sequentialThreshold(threshold: number = 0.9): UnmaskingPolicy {
  if (!(threshold >= 0 && threshold <= 1)) {
    throw new PalimpsestError({ where: 'sequentialThreshold', expected: 'a probability from 0 to 1', got: String(threshold), hint: '1 writes one token to a pass.' });
  }
  return {
    name: `sequential-threshold(${threshold})`,
    ignoresPlan: true,
    decide: (view) => {
      const doubtful = view.open.findIndex((_, index) => index > 0 && view.probability(index) < threshold);
      return { commit: [...(doubtful < 0 ? view.open : view.open.subarray(0, doubtful))] };
    },
  };
}
