import type { GenerationEvent, Range } from '@palimpsest/backbone';
import type { StepView, UnmaskingPolicy } from '@palimpsest/diffusion';
import { fillBlock, OPEN, positionsIn } from '@palimpsest/diffusion/reverse-process';
import type { Run } from './run.js';

/** Several blocks that are written at once, the later ones behind what is not finished (D2F, Wang et al. 2025, arXiv:2508.09192). */
export interface InFlight {
  /** At most so many, from 1 on: with 1 a block is begun when the one before it is finished. */
  readonly most: number;
  /** The part of a block that is written when the next one is begun; 0.1 when absent. */
  readonly beginAt?: number;
  /** The part of a block that is written when the next one is written at the policy's pace; 0.9 when absent. Until then only what is sure is written there. */
  readonly activeAt?: number;
  /** The probability from which on a token is sure there; 0.9 when absent. */
  readonly sure?: number;
}

/** The part of a block's cells that are written. */
const writtenPart = ({ start, end }: Range, open: Int32Array): number =>
  1 - open.filter((position) => position >= start && position < end).length / (end - start);

/**
 * A policy over blocks that lie side by side: to each its own view, so that it writes the first, and every other whose predecessor is nearly written; in the rest what is
 * sure is written and nothing has to be. For policies that ignore the plan, which has no meaning for blocks that are begun one after the other.
 */
function overBlocks(policy: UnmaskingPolicy, blocks: readonly Range[], { activeAt, sure }: Required<InFlight>): UnmaskingPolicy {
  return {
    name: `${policy.name}, blocks in flight`,
    ignoresPlan: true,
    decide: (view) => {
      const decisions = blocks.map((block, index) => {
        const own = viewOf(view, block);
        if (own.open.length === 0) return { commit: [] };
        const before = blocks[index - 1];
        if (before === undefined || writtenPart(before, view.open) >= activeAt) return policy.decide(own);
        return { commit: Array.from(own.open).filter((_, cell) => own.probability(cell) >= sure) };
      });
      return { commit: decisions.flatMap(({ commit }) => commit), revoke: decisions.flatMap(({ revoke = [] }) => revoke) };
    },
  };
}

/** What a view says of one of its blocks. */
function viewOf(view: StepView, block: Range): StepView {
  const [open, revealed] = [within(view.open, block), within(view.revealed, block)];
  const of = (say: (index: number) => number) => (index: number): number => say(open.start + index);
  return {
    ...view, block, open: view.open.subarray(open.start, open.end), proposals: view.proposals.subarray(open.start, open.end), revealed: view.revealed.subarray(revealed.start, revealed.end),
    committedProbability: (index) => view.committedProbability(revealed.start + index), probability: of(view.probability), margin: of(view.margin), entropy: of(view.entropy),
  };
}

/** Where the positions of a block stand among ascending ones. */
function within(positions: Int32Array, { start, end }: Range): Range {
  const first = positions.filter((position) => position < start).length;
  return { start: first, end: first + positions.filter((position) => position >= start && position < end).length };
}

/** Each look is at all blocks that are begun; the first of them is committed when it is full. @returns where the stop rule ended the text: what stands behind it is no part of it. */
export async function* writeInFlight({ plan, reader, meter, seed, draft, ended, stops }: Run, settings: Required<InFlight>): AsyncGenerator<GenerationEvent, number | undefined, void> {
  const { canvas, blocks, prefixes, policy } = plan;
  const openIn = (block: Range): Int32Array => positionsIn(canvas, OPEN, block);
  let [step, begun] = [0, 0];
  for (const [first, range] of blocks.entries()) {
    await reader.commit(prefixes[first]!, 0);
    const mayBegin = (): boolean =>
      begun === first || (begun < Math.min(first + settings.most, blocks.length) && writtenPart(blocks[begun - 1]!, openIn(blocks[begun - 1]!)) >= settings.beginAt);
    for (;;) {
      for (; mayBegin(); begun++) yield { type: 'block-start', block: begun, range: blocks[begun]! };
      const flight = { start: range.start, end: blocks[begun - 1]!.end };
      const written = { ...canvas, range: flight };
      const finished = (): boolean => openIn(range).length === 0 || mayBegin() || ended(written);
      const run = {
        canvas: written, stepsPerBlock: flight.end - flight.start, ask: reader.ask(flight), policy: overBlocks(policy, blocks.slice(first, begun), settings), meter, seed, draft, finished,
      };
      if (openIn(range).length > 0 && !ended(written)) ({ step } = yield* fillBlock(run, flight, step));
      if (ended(written) || (openIn(range).length === 0 && !mayBegin())) break;
    }
    yield { type: 'block-end', block: first };
    if (ended({ ...canvas, range: { start: range.start, end: blocks[begun - 1]!.end } })) return undefined;
    if (stops(range.end)) return range.end;
  }
  return undefined;
}
