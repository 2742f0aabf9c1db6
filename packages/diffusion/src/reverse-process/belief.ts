import { PalimpsestError } from '@palimpsest/backbone';
import type { Context } from '@palimpsest/backbone';
import { candidateSampler, categoricalSampler, drawnToken, margin, negativeEntropy, uniformAt } from '@palimpsest/sampling';
import type { Needed, NeededDraw, Sampling, TokenChoice } from '@palimpsest/sampling';

/** What the model says of some cells at one step; every number by index into the cells. */
export interface Belief {
  /** The token drawn for each open cell of the block. */
  readonly proposals: Int32Array;
  /** Of the proposal, without temperature or noise. */
  readonly probability: (index: number) => number;
  readonly margin: (index: number) => number;
  /** In nats. */
  readonly entropy: (index: number) => number;
  /** The most probable token that may be written. */
  readonly best: (index: number) => number;
}

/** What is asked of the model. */
export interface Question {
  /** Positions of the open cells of the block: the first of the cells that are asked about. */
  readonly open: Int32Array;
  readonly rows: Int32Array;
  /** For each cell the index of its prediction among the rows. */
  readonly slots: Int32Array;
  /** Counted over all blocks, for the random draws. */
  readonly step: number;
}

/** One forward pass over `tokens` that gives no more of the rows than is needed; what it returns makes a belief of the answer. */
export type Reader = (context: Context, tokens: Int32Array, question: Question) => Promise<() => Belief>;

/**
 * LLaDA's proposal, the largest e^logit / (-ln u)^temperature, is a draw from softmax(logits / temperature); it is drawn
 * with one uniform number to a cell, uniformAt(seed, step, position), instead of one to a token.
 */
export function beliefReader(needed: Needed, sampling: Sampling, seed: number): Reader {
  switch (needed.give) {
    case 'top':
      return readCandidates(sampling, seed, needed.top);
    case 'draw':
      return readDraws(needed, seed);
    case 'logits':
      return readLogits(sampling, seed);
  }
}

function readCandidates(sampling: Sampling, seed: number, top: number): Reader {
  const draw = candidateSampler(sampling, seed);
  return async (context, tokens, { open, rows, slots, step }) => {
    const { ids, logProbabilities, entropy } = await context.score(tokens, { rows, give: 'top', top });
    const candidates = <A extends Int32Array | Float32Array>(of: A, index: number): A => of.subarray(slots[index]! * top, (slots[index]! + 1) * top) as A;
    const lead = (start: number): number => Math.exp(logProbabilities[start]!) - Math.exp(logProbabilities[start + 1]!);
    return () => ({
      ...proposalsFor(open, (index) => draw(candidates(ids, index), candidates(logProbabilities, index), step, open[index]!)),
      margin: (index) => lead(slots[index]! * top),
      entropy: (index) => entropy[slots[index]!]!,
      best: (index) => candidates(ids, index).find((id) => !sampling.banned.has(id))!, // top exceeds the number of banned
    });
  };
}

function readDraws(needed: NeededDraw, seed: number): Reader {
  return async (context, tokens, { open, rows, slots, step }) => {
    // two cells that share a row draw from it apart
    const want = { ...needed, rows: Int32Array.from(open, (_, index) => rows[slots[index]!]!), uniforms: Float64Array.from(open, (position) => uniformAt(seed, step, position)) };
    const { ids, logProbabilities } = await context.score(tokens, want);
    return () => ({
      ...proposalsFor(open, (index) => drawnToken(ids[index]!, logProbabilities[index]!)),
      margin: notAsked('the margin'), entropy: notAsked('the entropy'), best: notAsked('the best token'),
    });
  };
}

function readLogits(sampling: Sampling, seed: number): Reader {
  const { vocabularySize } = sampling;
  const draw = categoricalSampler(sampling, seed);
  const drawBest = categoricalSampler({ ...sampling, temperature: 0 }, seed);
  return async (context, tokens, { open, rows, slots, step }) => {
    const { logits } = await context.score(tokens, { rows, give: 'logits' });
    const row = (index: number): Float32Array => logits.subarray(slots[index]! * vocabularySize, (slots[index]! + 1) * vocabularySize);
    return () => {
      const proposed = proposalsFor(open, (index) => draw(row(index), step, open[index]!));
      return {
        ...proposed,
        margin: (index) => margin(row(index), proposed.proposals[index]!),
        entropy: (index) => -negativeEntropy(row(index), proposed.proposals[index]!),
        best: (index) => drawBest(row(index), step, 0).id,
      };
    };
  };
}

function proposalsFor(open: Int32Array, choose: (index: number) => TokenChoice): Pick<Belief, 'proposals' | 'probability'> {
  const proposals = new Int32Array(open.length);
  const probabilities = new Float64Array(open.length);
  for (let index = 0; index < open.length; index++) {
    const { id, probability } = choose(index);
    proposals[index] = id;
    probabilities[index] = probability;
  }
  return { proposals, probability: (index) => probabilities[index]! };
}

const notAsked = (what: string) => (): never => {
  const hint = "A policy that asks for more leaves out looksAt: 'proposals'.";
  throw new PalimpsestError({ where: 'unmasking policy', expected: 'a policy that looks at proposals alone, as it says', got: `one that asks for ${what}`, hint });
};
