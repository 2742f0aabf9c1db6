import type { Context } from '@palimpsest/backbone';
import { candidateSampler, drawnToken, neededForChoice, uniformAt } from '@palimpsest/sampling';
import type { NeededDraw, Sampling, TokenChoice } from '@palimpsest/sampling';

/** What the model says of some cells at one step; every number by index into the cells. */
export interface Belief {
  /** The token drawn for each cell. */
  readonly proposals: Int32Array;
  /** Of the proposal, without temperature or noise. */
  readonly probability: (index: number) => number;
  readonly margin: (index: number) => number;
  /** In nats. */
  readonly entropy: (index: number) => number;
}

/** What was said of those of the cells that are wished for. */
export function beliefAbout({ proposals, probability, margin, entropy }: Belief, cells: Int32Array, wished: (cell: number) => boolean): Belief {
  const kept = Array.from(cells.keys()).filter((index) => wished(cells[index]!));
  const of = (say: (index: number) => number) => (index: number): number => say(kept[index]!);
  return { proposals: Int32Array.from(kept, (index) => proposals[index]!), probability: of(probability), margin: of(margin), entropy: of(entropy) };
}

/** What is asked of the model. */
export interface Question {
  /** Positions of the cells that are asked about. */
  readonly cells: Int32Array;
  /** Indices into the tokens of the pass. */
  readonly rows: Int32Array;
  /** For each cell the index of its prediction among the rows. */
  readonly slots: Int32Array;
  /** Counted over all blocks, for the random draws. */
  readonly step: number;
}

/** A context's `score`, or its `append`. */
export type Ask = Context['score'];

/** One forward pass over `tokens` that gives no more of the rows than is needed; what it returns makes a belief of the answer. */
export type Reader = (ask: Ask, tokens: Int32Array, question: Question) => Promise<() => Belief>;

/**
 * LLaDA's proposal, the largest e^logit / (-ln u)^temperature, is a draw from softmax(logits / temperature); it is drawn
 * with one uniform number to a cell, uniformAt(seed, step, position), instead of one to a token.
 */
export function beliefReader(sampling: Sampling, seed: number): Reader {
  const needed = neededForChoice(sampling);
  return needed.give === 'top' ? readCandidates(sampling, seed, needed.top) : readDraws(needed, seed);
}

function readCandidates(sampling: Sampling, seed: number, top: number): Reader {
  const draw = candidateSampler(sampling, seed);
  return async (ask, tokens, { cells, rows, slots, step }) => {
    const { ids, logProbabilities, entropy } = await ask(tokens, { rows, give: 'top', top });
    const candidates = <A extends Int32Array | Float32Array>(of: A, index: number): A => of.subarray(slots[index]! * top, (slots[index]! + 1) * top) as A;
    const lead = (start: number): number => Math.exp(logProbabilities[start]!) - Math.exp(logProbabilities[start + 1]!);
    return () => ({
      ...proposalsFor(cells, (index) => draw(candidates(ids, index), candidates(logProbabilities, index), step, cells[index]!)),
      margin: (index) => lead(slots[index]! * top),
      entropy: (index) => entropy[slots[index]!]!,
    });
  };
}

function readDraws(needed: NeededDraw, seed: number): Reader {
  return async (ask, tokens, { cells, rows, slots, step }) => {
    // two cells that share a row draw from it apart
    const want = { ...needed, rows: slots.map((slot) => rows[slot]!), uniforms: Float64Array.from(cells, (position) => uniformAt(seed, step, position)) };
    const { ids, logProbabilities, margin, entropy } = await ask(tokens, want);
    return () => ({
      ...proposalsFor(cells, (index) => drawnToken(ids[index]!, logProbabilities[index]!)),
      margin: (index) => margin[index]!,
      entropy: (index) => entropy[index]!,
    });
  };
}

function proposalsFor({ length }: Int32Array, choose: (index: number) => TokenChoice): Pick<Belief, 'proposals' | 'probability'> {
  const proposals = new Int32Array(length);
  const probabilities = new Float64Array(length);
  for (let index = 0; index < length; index++) {
    const { id, probability } = choose(index);
    proposals[index] = id;
    probabilities[index] = probability;
  }
  return { proposals, probability: (index) => probabilities[index]! };
}
