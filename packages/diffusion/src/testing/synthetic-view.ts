import type { Range } from '@palimpsest/backbone';
import { uniformAt } from '@palimpsest/sampling';
import type { StepView } from '../unmasking-policy/unmasking-policy.js';

/** What a model would have said, made up: one entry per open position. */
export interface SyntheticScores {
  readonly probability: readonly number[];
  readonly margin: readonly number[];
  readonly entropy: readonly number[];
  /** One entry per revealed position. */
  readonly committedProbability: readonly number[];
}

interface SyntheticViewInput {
  readonly block: Range;
  readonly step: number;
  readonly steps: number;
  readonly quota: number;
  readonly open: readonly number[];
  readonly revealed: readonly number[];
  readonly scores: Partial<SyntheticScores>;
  readonly seed: number;
}

/** A view without a model. A score that was not given, or of an index that is not there, throws. */
export function syntheticView(input: SyntheticViewInput): StepView {
  const { block, step, steps, quota, open, revealed, scores, seed } = input;
  const read = (name: keyof SyntheticScores) => (index: number): number => {
    const value = scores[name]?.[index];
    if (value === undefined) throw new Error(`The view has no ${name} at index ${index}; ${open.length} positions are open, ${revealed.length} revealed.`);
    return value;
  };
  return {
    block,
    step,
    steps,
    quota,
    open: Int32Array.from(open),
    proposals: Int32Array.from(open, (_, index) => index),
    revealed: Int32Array.from(revealed),
    committedProbability: read('committedProbability'),
    probability: read('probability'),
    margin: read('margin'),
    entropy: read('entropy'),
    chance: (position) => uniformAt(seed, step, position, 0),
  };
}

/** Views of every sort that a reverse process meets: blocks anywhere, partly filled from the start, nearly full, with ties. */
export function syntheticViews(count: number): readonly StepView[] {
  return Array.from({ length: count }, (_, seed) => {
    const draw = (...coordinates: readonly number[]): number => uniformAt(seed, 1, ...coordinates);
    const integer = (bound: number, ...coordinates: readonly number[]): number => Math.floor(draw(...coordinates) * bound);
    const start = integer(9, 0);
    const length = 1 + integer(17, 1);
    const positions = Array.from({ length }, (_, index) => start + index);
    const unfilled = positions.filter((position) => draw(2, position) < 0.8);
    const open = unfilled.filter((position) => draw(3, position) < 0.7);
    const revealed = unfilled.filter((position) => !open.includes(position));
    if (open.length === 0) open.push(...revealed.splice(0, 1));
    if (open.length === 0) open.push(start);
    const steps = 1 + integer(length, 4);
    const scores = syntheticScores(open, revealed, seed);
    return syntheticView({
      block: { start, end: start + length }, step: integer(steps, 5), steps, quota: 1 + integer(open.length, 6), open, revealed, scores, seed,
    });
  });
}

/** Coarse numbers, so that ties are common. */
export function syntheticScores(open: readonly number[], revealed: readonly number[], seed: number): SyntheticScores {
  const probability = open.map((position) => (1 + Math.floor(uniformAt(seed, 2, position) * 7)) / 7);
  const entropy = open.map((position) => Math.floor(uniformAt(seed, 3, position) * 5) / 3);
  const margin = probability.map((best, index) => best * Math.round(uniformAt(seed, 4, open[index]!)));
  const committedProbability = revealed.map((position) => (1 + Math.floor(uniformAt(seed, 5, position) * 7)) / 7);
  return { probability, margin, entropy, committedProbability };
}
