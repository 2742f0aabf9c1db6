import { PalimpsestError } from '@palimpsest/backbone';
import type { CostMeter, GenerationEvent, Range } from '@palimpsest/backbone';
import { uniformAt } from '@palimpsest/sampling';
import type { StepView, UnmaskingPolicy } from '../unmasking-policy/unmasking-policy.js';
import type { Belief } from './belief.js';
import { maskAgain, OPEN, positionsIn, reveal, REVEALED } from './canvas.js';
import type { Canvas } from './canvas.js';
import { splitQuota } from './plan.js';

export interface ReverseProcess {
  /** Drafts are of the cells from the block on, up to the end of its range. */
  readonly canvas: Canvas;
  readonly stepsPerBlock: number;
  /** What the model says of these cells of the canvas as it stands; `step` counts over all blocks, for the random draws. */
  readonly ask: (cells: Int32Array, step: number) => Promise<Belief>;
  readonly policy: UnmaskingPolicy;
  readonly meter: CostMeter;
  readonly seed: number;
  readonly draft: boolean;
  /** Whether nothing that is still open can change the answer. */
  readonly finished: () => boolean;
}

/**
 * Steps until the block is full.
 *
 * @param firstStep counted over all blocks, for the random draws.
 * @returns the first step of the next block.
 */
export async function* fillBlock(run: ReverseProcess, block: Range, firstStep: number): AsyncGenerator<GenerationEvent, number, void> {
  const { canvas, stepsPerBlock, ask, policy, meter, seed, draft, finished } = run;
  const quotas = splitQuota(positionsIn(canvas, OPEN, block).length, stepsPerBlock);
  let belief: Belief | undefined;
  for (let step = 0; ; step++) {
    const open = positionsIn(canvas, OPEN, block);
    if (open.length === 0 || finished()) return firstStep + step;
    if (step === stepsPerBlock + block.end - block.start) throw stalled(policy, step, open.length);
    const cells = draft ? positionsIn(canvas, OPEN, { start: block.start, end: canvas.range.end }) : open;
    const asked = belief === undefined;
    belief ??= await ask(cells, firstStep + step);
    const { probability, margin, entropy } = belief;
    const proposals = belief.proposals.subarray(0, open.length); // the cells of the block are the first
    const revealed = positionsIn(canvas, REVEALED, block);
    const view: StepView = {
      block, step, steps: stepsPerBlock, quota: quotas[step] ?? open.length, open, revealed, committedProbability: (index) => canvas.committedProbability[revealed[index]!]!,
      proposals, probability, margin, entropy, chance: (position) => uniformAt(seed, firstStep + step, position, 0),
    };
    const changes = carryOut(canvas, policy, view, meter.passes());
    for (const change of changes) {
      if (change.type === 'tokens-commit') meter.countCommit();
      yield change;
    }
    if (draft && asked) yield* draftOf(canvas, cells, belief, meter.passes());
    // what a step leaves unchanged the model need not see again, and what was proposed for it stands
    if (changes.length > 0) belief = undefined;
  }
}

/** Lets the policy decide, writes its decision onto the canvas and says what changed. */
function carryOut(canvas: Canvas, policy: UnmaskingPolicy, view: StepView, pass: number): readonly GenerationEvent[] {
  const { commit, revoke = [] } = policy.decide(view);
  const ids = new Int32Array(commit.length);
  const confidence = new Float32Array(commit.length);
  for (const position of revoke) {
    if (!view.revealed.includes(position) || canvas.state[position] === OPEN) throw illegal(policy, 'revokes', position, 'a revealed position');
    maskAgain(canvas, position);
  }
  commit.forEach((position, place) => {
    const index = view.open.indexOf(position);
    if (index < 0 || canvas.state[position] !== OPEN) throw illegal(policy, 'commits', position, 'an open position');
    ids[place] = view.proposals[index]!;
    confidence[place] = view.probability(index);
    reveal(canvas, position, ids[place]!, view.probability(index));
  });
  const changes: GenerationEvent[] = [];
  if (revoke.length > 0) changes.push({ type: 'tokens-revoke', positions: Int32Array.from(revoke), pass });
  if (commit.length > 0) changes.push({ type: 'tokens-commit', positions: Int32Array.from(commit), ids, confidence, pass });
  return changes;
}

/** What was proposed for those of the cells that are open still. */
function* draftOf({ state }: Canvas, cells: Int32Array, { proposals, entropy }: Belief, pass: number): Generator<GenerationEvent, void, void> {
  const still = Array.from(cells.keys()).filter((index) => state[cells[index]!] === OPEN);
  if (still.length === 0) return;
  yield {
    type: 'draft',
    positions: Int32Array.from(still, (index) => cells[index]!),
    ids: Int32Array.from(still, (index) => proposals[index]!),
    entropy: Float32Array.from(still, entropy),
    pass,
  };
}

const illegal = ({ name }: UnmaskingPolicy, verb: string, position: number, expected: string): PalimpsestError =>
  new PalimpsestError({ where: `unmasking policy ${name}`, expected: `${expected} of its block, once`, got: `${verb} ${position}`, hint: 'Run policyContract on it.' });

const stalled = ({ name }: UnmaskingPolicy, steps: number, cells: number): PalimpsestError =>
  new PalimpsestError({ where: `unmasking policy ${name}`, expected: `a full block after ${steps} steps`, got: `${cells} open cells`, hint: 'Run policyContract on it.' });
