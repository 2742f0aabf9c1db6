import { PalimpsestError } from '@palimpsest/backbone';
import { revealProbability } from '../noise-schedule/noise-schedule.js';
import type { NoiseSchedule } from '../noise-schedule/noise-schedule.js';
import type { StepView, UnmaskingPolicy } from './unmasking-policy.js';

/**
 * Each open cell is revealed with the schedule's probability for this step, whatever the model thinks of it: the exact
 * reverse process, at temperature 1 (MDLM, arXiv:2406.07524; Dream's `origin`). The last step reveals all.
 */
export function ancestral(schedule: NoiseSchedule): UnmaskingPolicy {
  return {
    name: `ancestral(${schedule.name})`,
    decide: (view) => {
      const { from, to } = timesOf(view);
      const reveal = revealProbability(schedule, from, to);
      return { commit: chosen(view, view.open, reveal) };
    },
  };
}

/**
 * Ancestral sampling that also masks revealed cells again, each with probability min(most, (1 - keep(s)) / keep(t)), so that a
 * mistake can be mended; open cells are revealed more often in turn, which leaves the masked fraction on schedule
 * (ReMDM, arXiv:2503.00307, the capped schedule). The last step reveals all and revokes nothing.
 *
 * @param most the paper's eta: 0.008 for many steps, 0.04 for few.
 * @throws PalimpsestError when `most` is not from 0 to 1.
 */
export function remasking(schedule: NoiseSchedule, most: number = 0.008): UnmaskingPolicy {
  if (!(most >= 0 && most <= 1)) throw new PalimpsestError({ where: 'remasking', expected: 'a probability from 0 to 1', got: String(most) });
  return {
    name: `remasking(${schedule.name}, ${most})`,
    decide: (view) => {
      const { from, to } = timesOf(view);
      const [keepFrom, keepTo] = [schedule.keep(from), schedule.keep(to)];
      const revoke = keepFrom === 0 ? 0 : Math.min(most, (1 - keepTo) / keepFrom);
      const reveal = (keepTo - (1 - revoke) * keepFrom) / (1 - keepFrom);
      return { commit: chosen(view, view.open, reveal), revoke: chosen(view, view.revealed, revoke) };
    },
  };
}

/** Time runs from 1 to 0 over the block's steps, and stays at its last step should there be more. */
function timesOf({ step, steps }: StepView): { readonly from: number; readonly to: number } {
  const place = Math.min(step, steps - 1);
  return { from: 1 - place / steps, to: 1 - (place + 1) / steps };
}

const chosen = (view: StepView, positions: Int32Array, probability: number): number[] =>
  Array.from(positions).filter((position) => view.chance(position) < probability);
