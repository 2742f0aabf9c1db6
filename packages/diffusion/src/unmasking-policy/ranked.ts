import type { StepView, UnmaskingPolicy } from './unmasking-policy.js';

type Score = (view: StepView, index: number) => number;

/** Indices into `open`, highest score first, ties to the lowest position. */
export function ranked(view: StepView, score: Score): number[] {
  const scores = Float64Array.from(view.open, (_, index) => score(view, index));
  return Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]! || a - b);
}

/** Commits the step's quota of open positions, highest score first. */
const quotaOf = (name: string, score: Score): UnmaskingPolicy => ({
  name,
  decide: (view) => ({ commit: ranked(view, score).slice(0, view.quota).map((index) => view.open[index]!) }),
});

/** The most probable proposals first (LLaDA, arXiv:2502.09992, section 2.4: "low-confidence remasking"). */
export const lowConfidence: UnmaskingPolicy = quotaOf('low-confidence', (view, index) => view.probability(index));

/** Any cells (LLaDA's "random remasking"). */
export const random: UnmaskingPolicy = quotaOf('random', (view, index) => view.chance(view.open[index]!));

/** Those where the best token leads the second by most (Kim et al. 2025, arXiv:2502.06768; Dream's `topk_margin`). */
export const margin: UnmaskingPolicy = quotaOf('margin', (view, index) => view.margin(index));

/** Those about which the model is least in doubt (Dream's `entropy`). */
export const entropy: UnmaskingPolicy = quotaOf('entropy', (view, index) => -view.entropy(index));
