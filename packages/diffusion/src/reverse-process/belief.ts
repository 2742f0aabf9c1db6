import type { Context } from '@palimpsest/backbone';
import { candidateSampler, candidatesNeeded, categoricalSampler, margin, negativeEntropy } from '@palimpsest/sampling';
import type { Sampling } from '@palimpsest/sampling';

/** What the model says of some cells at one step; every number by index into the cells. */
export interface Belief {
  /** The token drawn for each cell of the block. */
  readonly proposals: Int32Array;
  /** Of the proposal, without temperature or noise. */
  readonly probability: (index: number) => number;
  readonly margin: (index: number) => number;
  /** In nats. */
  readonly entropy: (index: number) => number;
  /** The most probable token that may be written. */
  readonly best: (index: number) => number;
}

/**
 * Turns the answer of one forward pass into beliefs: proposals for the cells at `positions`, whose predictions lie in
 * `slots` of the answer. Another step draws other proposals from the same answer.
 */
export type Reading = (positions: Int32Array, slots: Int32Array, step: number) => Belief;

/** One forward pass over `tokens` that gives no more of the wanted rows than is drawn from. */
export type Reader = (context: Context, tokens: Int32Array, rows: Int32Array) => Promise<Reading>;

/**
 * LLaDA's proposal, the largest e^logit / (-ln u)^temperature, is a draw from softmax(logits / temperature); it is drawn
 * with one uniform number to a cell, uniformAt(seed, step, position), instead of one to a token.
 */
export function beliefReader(sampling: Sampling, seed: number): Reader {
  const top = candidatesNeeded(sampling);
  return top === undefined ? readLogits(sampling, seed) : readCandidates(sampling, seed, top);
}

function readCandidates(sampling: Sampling, seed: number, top: number): Reader {
  const draw = candidateSampler(sampling, seed);
  return async (context, tokens, rows) => {
    const { ids, logProbabilities, entropy } = await context.score(tokens, { rows, give: 'top', top });
    return (positions, slots, step) => {
      const proposals = new Int32Array(positions.length);
      const probabilities = new Float64Array(positions.length);
      for (let index = 0; index < positions.length; index++) {
        const start = slots[index]! * top;
        const choice = draw(ids.subarray(start, start + top), logProbabilities.subarray(start, start + top), step, positions[index]!);
        proposals[index] = choice.id;
        probabilities[index] = choice.probability;
      }
      const best = (index: number): number => {
        const start = slots[index]! * top;
        return ids.subarray(start, start + top).find((id) => !sampling.banned.has(id))!; // top exceeds the number of banned
      };
      const lead = (start: number): number => Math.exp(logProbabilities[start]!) - Math.exp(logProbabilities[start + 1]!);
      return {
        proposals, best,
        probability: (index) => probabilities[index]!,
        margin: (index) => lead(slots[index]! * top),
        entropy: (index) => entropy[slots[index]!]!,
      };
    };
  };
}

function readLogits(sampling: Sampling, seed: number): Reader {
  const { vocabularySize } = sampling;
  const draw = categoricalSampler(sampling, seed);
  const drawBest = categoricalSampler({ ...sampling, temperature: 0 }, seed);
  return async (context, tokens, rows) => {
    const { logits } = await context.score(tokens, { rows, give: 'logits' });
    return (positions, slots, step) => {
      const row = (index: number): Float32Array => logits.subarray(slots[index]! * vocabularySize, (slots[index]! + 1) * vocabularySize);
      const proposals = new Int32Array(positions.length);
      const probabilities = new Float64Array(positions.length);
      for (let index = 0; index < positions.length; index++) {
        const choice = draw(row(index), step, positions[index]!);
        proposals[index] = choice.id;
        probabilities[index] = choice.probability;
      }
      return {
        proposals,
        probability: (index) => probabilities[index]!,
        margin: (index) => margin(row(index), proposals[index]!),
        entropy: (index) => -negativeEntropy(row(index), proposals[index]!),
        best: (index) => drawBest(row(index), step, 0).id,
      };
    };
  };
}
