import { PalimpsestError } from '@palimpsest/backbone';
import type { StepView, UnmaskingPolicy } from './unmasking-policy.js';

export interface SecondLookOptions {
  /** Proposals of at least this probability are committed whatever the policy takes, which saves passes; 0.95 when absent. */
  readonly sure?: number;
  /** Committed tokens below this probability are worth another look; 0.9 when absent. */
  readonly doubtful?: number;
}

/**
 * A policy that mends what it wrote: passes that sure cells save are spent on masking a doubtful token of the block again, now that more stands around
 * it. A kind that was written before the name that belongs to it can then follow the name. Planned passes are never exceeded on that
 * account.
 *
 * One token to a pass, drawn in proportion to 1 - the probability it was committed with: the confidence-based remasking of ReMDM (Wang et al.
 * 2025, arXiv:2503.00307), with linear in place of exponential weights, paid for by a threshold as in Fast-dLLM (arXiv:2505.22618).
 *
 * @throws PalimpsestError when a threshold is not from 0 to 1.
 */
export function secondLook(policy: UnmaskingPolicy, { sure = 0.95, doubtful = 0.9 }: SecondLookOptions = {}): UnmaskingPolicy {
  for (const [name, value] of Object.entries({ sure, doubtful })) {
    if (!(value >= 0 && value <= 1)) throw new PalimpsestError({ where: `secondLook: ${name}`, expected: 'a probability from 0 to 1', got: String(value) });
  }
  return {
    name: `${policy.name}, second look`,
    decide: (view) => {
      const { commit, revoke = [] } = policy.decide(view);
      const chosen = new Set(commit);
      const all = [...commit, ...Array.from(view.open).filter((position, index) => !chosen.has(position) && view.probability(index) >= sure)];
      const openAfter = view.open.length - all.length + revoke.length;
      const passesLeft = view.steps - view.step - 1;
      const again = passesLeft > openAfter ? doubtfulOne(view, doubtful, new Set(revoke)) : undefined;
      return { commit: all, revoke: again === undefined ? revoke : [...revoke, again] };
    },
  };
}

/** The first of waiting times at rates 1 - probability (a draw in proportion to them). */
function doubtfulOne(view: StepView, doubtful: number, taken: ReadonlySet<number>): number | undefined {
  let [found, soonest]: [number | undefined, number] = [undefined, Infinity];
  view.revealed.forEach((position, index) => {
    const probability = view.committedProbability(index);
    const wait = -Math.log(view.chance(position)) / (1 - probability);
    if (taken.has(position) || probability >= doubtful || wait >= soonest) return;
    [found, soonest] = [position, wait];
  });
  return found;
}
