import { PalimpsestError } from '@palimpsest/backbone';
import { ranked } from './ranked.js';
import type { UnmaskingPolicy } from './unmasking-policy.js';

export interface ThresholdOrQuota {
  /** SDAR's published sampler has 0.85, LLaDA2.0's 0.95. */
  readonly threshold: number;
  /** Cells that a step commits at the least, whatever its quota; 1 when absent. */
  readonly least?: number;
}

/**
 * Every proposal above `threshold` where they are at least the step's quota, the quota's surest otherwise (`low_confidence_dynamic` in SDAR,
 * arXiv:2510.06303; LLaDA2.0's `generate`, arXiv:2512.15745, whose `minimal_topk` is `least`). Differs from the latter: there it shortens the
 * plan, and so the quota, only where the text is short.
 *
 * @throws PalimpsestError when `threshold` is not from 0 to 1, or `least` no positive integer.
 */
export function thresholdOrQuota({ threshold, least = 1 }: ThresholdOrQuota): UnmaskingPolicy {
  const refuse = (expected: string, got: number): never => {
    throw new PalimpsestError({ where: 'thresholdOrQuota', expected, got: String(got) });
  };
  if (!(threshold >= 0 && threshold <= 1)) refuse('a threshold from 0 to 1', threshold);
  if (!(Number.isInteger(least) && least >= 1)) refuse('a positive integer least', least);
  return {
    name: `threshold-or-quota(${threshold}${least === 1 ? '' : `, ${least}`})`,
    decide: (view) => {
      const order = ranked(view, (_, index) => view.probability(index));
      const sure = order.filter((index) => view.probability(index) > threshold).length;
      return { commit: order.slice(0, Math.max(sure, view.quota, least)).map((index) => view.open[index]!) };
    },
  };
}
