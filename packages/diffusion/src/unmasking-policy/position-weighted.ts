import { PalimpsestError } from '@palimpsest/backbone';
import { ranked } from './ranked.js';
import type { StepView, UnmaskingPolicy } from './unmasking-policy.js';

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
export const positionWeighted = (decay: number = 0.05): UnmaskingPolicy =>
  weighted('position-weighted', 'positionWeighted', decay, (view, index) => Math.log(view.probability(index)));

/**
 * The same by doubt: e^(-entropy) in place of the probability of the word that was drawn. An order that looks at the drawn word writes a
 * cell as soon as it draws what is usual there, and draws again where it did not, so that usual words come more often than the model
 * says; this one leaves the draws as they are.
 *
 * @throws PalimpsestError when `decay` is negative or no number.
 */
export const positionWeightedEntropy = (decay: number = 0.2): UnmaskingPolicy =>
  weighted('position-weighted-entropy', 'positionWeightedEntropy', decay, (view, index) => -view.entropy(index));

/** `sureness` is a logarithm, so that far positions do not all come to 0. */
function weighted(name: string, where: string, decay: number, sureness: (view: StepView, index: number) => number): UnmaskingPolicy {
  if (!(decay >= 0 && decay < Infinity)) {
    throw new PalimpsestError({ where, expected: 'a decay of at least 0 for each position', got: String(decay), hint: '0 takes the surest anywhere, 0.05 prefers the left a little.' });
  }
  return {
    name: `${name}(${decay})`,
    decide: (view) => {
      const order = ranked(view, (_, index) => sureness(view, index) - decay * view.open[index]!);
      return { commit: order.slice(0, view.quota).map((index) => view.open[index]!) };
    },
  };
}
