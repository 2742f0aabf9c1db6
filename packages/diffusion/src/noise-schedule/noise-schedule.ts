import { PalimpsestError } from '@palimpsest/backbone';

/**
 * How much of a text is still legible at time t: the only two facts from which weights and reverse steps follow.
 * Add one as one file of two functions; `scheduleContract` in `@palimpsest/diffusion/testing` proves the laws.
 */
export interface NoiseSchedule {
  readonly name: string;
  /** Expected fraction of tokens that are not masked; t from 0 to 1, keep(0) = 1, keep(1) = 0. The papers' alpha. */
  readonly keep: (t: number) => number;
  /** Derivative of `keep` by t: never positive. */
  readonly keepDerivative: (t: number) => number;
}

/** Probability that a token is masked at time t. */
export function maskRate(schedule: NoiseSchedule, t: number): number {
  return 1 - schedule.keep(t);
}

/**
 * Weight of the masked tokens' cross-entropy at time t in the continuous-time bound, -keep'(t) / (1 - keep(t)); 1 / t
 * for the linear schedule (MDLM, arXiv:2406.07524; MD4, arXiv:2406.04329).
 *
 * @throws PalimpsestError at t = 0, where nothing is masked and the weight has no bound.
 */
export function lossWeight(schedule: NoiseSchedule, t: number): number {
  checkTime('lossWeight', t);
  if (t === 0) {
    throw new PalimpsestError({ where: 'lossWeight', expected: 'a time above 0', got: '0', hint: 'Draw times with stratifiedRates: it never yields 0.' });
  }
  return -schedule.keepDerivative(t) / maskRate(schedule, t);
}

/**
 * Probability that a token masked at time `from` is revealed on the way back to the earlier time `to`:
 * (keep(to) - keep(from)) / (1 - keep(from)) (MDLM, arXiv:2406.07524).
 */
export function revealProbability(schedule: NoiseSchedule, from: number, to: number): number {
  checkTime('revealProbability', from);
  checkTime('revealProbability', to);
  if (to >= from) {
    throw new PalimpsestError({ where: 'revealProbability', expected: 'a second time before the first', got: `from ${from} to ${to}` });
  }
  return (schedule.keep(to) - schedule.keep(from)) / maskRate(schedule, from);
}

function checkTime(where: string, t: number): void {
  if (!(t >= 0 && t <= 1)) throw new PalimpsestError({ where, expected: 'a time from 0 to 1', got: String(t) });
}
