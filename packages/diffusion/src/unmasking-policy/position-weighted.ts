import { PalimpsestError } from '@palimpsest/backbone';
import { ranked } from './ranked.js';
import type { UnmaskingPolicy } from './unmasking-policy.js';

/**
 * Commits the step's quota by probability times e^(-decay x position): sure cells first, those further left preferred. Between
 * the surest anywhere (decay 0) and left to right (large decays); a cell that lies 1 / decay further right must be e times
 * as sure. A text that grows from its beginning rarely has to fit a sentence into a gap that was fixed too early.
 *
 * The position weight of PC-Sampler (Huang et al. 2025, arXiv:2508.13021), without its calibration by word frequencies; positions
 * count from the block's start there, which ranks alike.
 *
 * @throws PalimpsestError when `decay` is negative or no number.
 */
export function positionWeighted(decay: number = 0.05): UnmaskingPolicy {
  if (!(decay >= 0 && decay < Infinity)) {
    throw new PalimpsestError({ where: 'positionWeighted', expected: 'a decay of at least 0 for each position', got: String(decay), hint: '0 takes the surest anywhere, 0.05 prefers the left a little.' });
  }
  return {
    name: `position-weighted(${decay})`,
    decide: (view) => {
      const first = view.open[0] ?? 0; // a factor that all share: far positions must not come to 0
      const weighted = ranked(view, (_, index) => view.probability(index) * Math.exp(-decay * (view.open[index]! - first)));
      return { commit: weighted.slice(0, view.quota).map((index) => view.open[index]!) };
    },
  };
}
