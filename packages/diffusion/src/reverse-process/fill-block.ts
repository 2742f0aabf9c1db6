import { PalimpsestError } from '@palimpsest/backbone';
import type { CostMeter, GenerationEvent, Range } from '@palimpsest/backbone';
import { uniformAt } from '@palimpsest/sampling';
import type { EditingPolicy } from '../editing/editing.js';
import type { StepView, UnmaskingPolicy } from '../unmasking-policy/unmasking-policy.js';
import { beliefAbout } from './belief.js';
import type { Belief } from './belief.js';
import { maskAgain, OPEN, positionsIn, reveal, REVEALED } from './canvas.js';
import type { Canvas } from './canvas.js';
import { editsOf } from './edits.js';
import type { Edit } from './edits.js';
import { splitQuota } from './plan.js';

export interface ReverseProcess {
  /** Drafts are of the cells from the block on, up to the end of its range. */
  readonly canvas: Canvas;
  readonly stepsPerBlock: number;
  /** What the model says of these cells of the canvas as it stands, ascending; `step` counts over all blocks, for the random draws. */
  readonly ask: (cells: Int32Array, step: number) => Promise<Belief>;
  readonly policy: UnmaskingPolicy;
  /** Present where written tokens may be replaced, from the position `start` up to the end of the block. */
  readonly editing?: { readonly policy: EditingPolicy; readonly looks: number; readonly start: number };
  readonly meter: CostMeter;
  readonly seed: number;
  readonly draft: boolean;
  /** Whether nothing that is still open can change the answer. */
  readonly finished: () => boolean;
}

export interface Filled {
  /** The first step of the next block, counted over all blocks. */
  readonly step: number;
  /** Whether another look could change nothing: false where the looks that editing has for a full block were spent. */
  readonly settled: boolean;
}

/**
 * Steps until the block is full, and with editing until a look at the full block changes nothing.
 *
 * @param firstStep counted over all blocks, for the random draws.
 */
export async function* fillBlock(run: ReverseProcess, block: Range, firstStep: number): AsyncGenerator<GenerationEvent, Filled, void> {
  const { canvas, stepsPerBlock, ask, policy, editing, meter, seed, draft, finished } = run;
  const quotas = splitQuota(positionsIn(canvas, OPEN, block).length, stepsPerBlock);
  let belief: Belief | undefined;
  let settled = editing === undefined;
  for (let step = firstStep, looks = 0; ; step++) {
    const open = positionsIn(canvas, OPEN, block);
    const written = editing === undefined ? new Int32Array() : positionsIn(canvas, REVEALED, { start: editing.start, end: block.end });
    const full = open.length === 0 || finished();
    if (full && (settled || looks === editing!.looks || written.length === 0)) return { step, settled: settled || written.length === 0 };
    const planned = step - firstStep - looks;
    if (planned === stepsPerBlock + block.end - block.start) throw stalled(policy, planned, open.length);
    if (full) looks++;
    const drafted = draft ? positionsIn(canvas, OPEN, { start: block.start, end: canvas.range.end }) : open;
    const cells = written.length === 0 ? drafted : Int32Array.from([...written, ...(full ? [] : drafted)]).sort();
    const asked = belief === undefined;
    belief ??= await ask(cells, step);
    const chance = (position: number): number => uniformAt(seed, step, position, 0);
    const ofOpen = beliefAbout(belief, cells, (cell) => canvas.state[cell] === OPEN);
    const { probability, margin, entropy } = ofOpen;
    const proposals = ofOpen.proposals.subarray(0, open.length); // the cells of the block are the first
    const revealed = positionsIn(canvas, REVEALED, block);
    const view: StepView = {
      block, step: planned, steps: stepsPerBlock, quota: quotas[planned] ?? open.length, open, revealed, committedProbability: (index) => canvas.committedProbability[revealed[index]!]!,
      proposals, probability, margin, entropy, chance,
    };
    const { commit, revoke = [] } = full ? { commit: [] } : policy.decide(view);
    const edits = editing === undefined ? [] : editsOf(canvas, editing.policy, written, beliefAbout(belief, cells, (cell) => canvas.state[cell] === REVEALED), revoke, chance);
    const changes = carryOut(canvas, policy, view, { commit, revoke, edits }, meter.passes());
    for (const change of changes) {
      if (change.type === 'tokens-commit') meter.countCommit();
      yield change;
    }
    if (draft && asked && !full) yield* draftOf(canvas, drafted, ofOpen, meter.passes());
    // what a step leaves unchanged the model need not see again, and what was proposed for it stands
    if (changes.length > 0) belief = undefined;
    settled = editing === undefined || (full && changes.length === 0);
  }
}

interface Decided {
  readonly commit: readonly number[];
  readonly revoke: readonly number[];
  readonly edits: readonly Edit[];
}

/** Writes what was decided onto the canvas and says what changed. A token that is edited is revoked and committed. */
function carryOut(canvas: Canvas, policy: UnmaskingPolicy, view: StepView, { commit, revoke, edits }: Decided, pass: number): readonly GenerationEvent[] {
  for (const position of revoke) {
    if (!view.revealed.includes(position) || canvas.state[position] === OPEN) throw illegal(policy, 'revokes', position, 'a revealed position');
    maskAgain(canvas, position);
  }
  const written = commit.map((position): Edit => {
    const index = view.open.indexOf(position);
    if (index < 0 || canvas.state[position] !== OPEN) throw illegal(policy, 'commits', position, 'an open position');
    const choice = { position, id: view.proposals[index]!, probability: view.probability(index) };
    reveal(canvas, position, choice.id, choice.probability);
    return choice;
  });
  for (const { position, id, probability } of edits) reveal(canvas, position, id, probability);
  const [erased, all] = [[...revoke, ...edits.map(({ position }) => position)], [...written, ...edits]];
  const changes: GenerationEvent[] = [];
  if (erased.length > 0) changes.push({ type: 'tokens-revoke', positions: Int32Array.from(erased), pass });
  if (all.length > 0) {
    const [positions, ids, confidence] = [Int32Array.from(all, ({ position }) => position), Int32Array.from(all, ({ id }) => id), Float32Array.from(all, ({ probability }) => probability)];
    changes.push({ type: 'tokens-commit', positions, ids, confidence, pass });
  }
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
