import { SamplingError } from './error.js';
import { exponential } from './exponential.js';
import { drawRank, nucleusSampler, nucleusSize } from './nucleus.js';
import { uniformAt } from './random.js';
import type { IdRange, Sampling } from './settings.js';
import { badLogits, sumExponentials } from './softmax.js';
import { topIds } from './top.js';

export interface TokenChoice {
  readonly id: number;
  /** Of the token under the model's own distribution, softmax(logits): without temperature, noise, filters or bans. */
  readonly probability: number;
}

/**
 * Chooses a token from one row of logits [vocabulary]. A function of its arguments, the settings and the seed alone:
 * neither batching nor order changes an answer.
 *
 * @throws SamplingError when a logit is NaN or +Infinity, or no token can be chosen.
 */
export type TokenSampler = (logits: Float32Array, pass: number, position: number) => TokenChoice;

/**
 * Draws from softmax(logits / temperature) restricted by top-k, then top-p, by inverting the cumulative distribution:
 * one random number, `uniformAt(seed, pass, position)`, to a token. With top-k the sum runs from the most probable token
 * down, else by id. At temperature 0 it is the most probable token, ties to the lowest id.
 */
export function categoricalSampler(sampling: Sampling, seed: number): TokenSampler {
  const { vocabularySize, temperature, topK, topP } = sampling;
  uniformAt(seed, 0); // a bad seed fails here, not at the first token
  const make = temperature === 0 ? greedy : topK < vocabularySize ? fromTop : topP < 1 ? fromNucleus : fromAll;
  return checkingLength(make(sampling, seed), vocabularySize);
}

export function checkingLength(sampler: TokenSampler, vocabularySize: number): TokenSampler {
  return (logits, pass, position) => {
    if (logits.length === vocabularySize) return sampler(logits, pass, position);
    throw new SamplingError({ where: 'token sampler', expected: `a row of ${vocabularySize} logits`, got: String(logits.length) });
  };
}

export function greedy({ allowed }: Sampling): TokenSampler {
  const best = new Int32Array(1);
  return (logits) => chosen(logits, bestAllowed(logits, allowed, best));
}

/** The choice of `id`, at the price of one pass over the row. */
export function chosen(logits: Float32Array, id: number): TokenChoice {
  return { id, probability: 1 / sumExponentials(logits, 1, logits[id]!) };
}

function bestAllowed(logits: Float32Array, allowed: readonly IdRange[], scratch: Int32Array): number {
  const [id] = topIds(logits, 1, allowed, scratch);
  if (id === undefined || !Number.isFinite(logits[id])) throw badLogits(logits);
  return id;
}

function fromAll({ vocabularySize, temperature, banned, allowed }: Sampling, seed: number): TokenSampler {
  const cumulative = new Float64Array(vocabularySize);
  const best = new Int32Array(1);
  return (logits, pass, position) => {
    let reference = 0;
    let sum = accumulate(cumulative, logits, temperature, reference, allowed);
    // float64 takes ordinary logits as they are; only for extreme ones the largest is subtracted, which costs two more passes
    if (!(sum > 1e-200 && sum < 1e200)) {
      reference = logits[bestAllowed(logits, allowed, best)]!;
      sum = accumulate(cumulative, logits, temperature, reference, allowed);
      if (Number.isNaN(sum)) throw badLogits(logits);
    }
    const id = firstAbove(cumulative, uniformAt(seed, pass, position) * sum);
    if (temperature !== 1) return chosen(logits, id);
    let total = sum; // the model's own distribution has the banned tokens too
    for (const never of banned) total += exponential(logits[never]! - reference);
    return { id, probability: exponential(logits[id]! - reference) / total };
  };
}

/** Leaves in `target` the cumulative sums of e^((logit - reference) / temperature) over the allowed tokens; gives the total. */
function accumulate(target: Float64Array, logits: Float32Array, temperature: number, reference: number, allowed: readonly IdRange[]): number {
  let sum = 0;
  let filled = 0;
  for (const { start, end } of allowed) {
    target.fill(sum, filled, start);
    for (let id = start; id < end; id++) target[id] = sum += exponential((logits[id]! - reference) / temperature);
    filled = end;
  }
  target.fill(sum, filled);
  return sum;
}

/** First index whose cumulative sum exceeds the threshold; where rounding puts it at the total, the last that adds something. */
function firstAbove(cumulative: Float64Array, threshold: number): number {
  const total = cumulative[cumulative.length - 1]!;
  const below = threshold < total ? (sum: number) => sum <= threshold : (sum: number) => sum < total;
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (below(cumulative[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function fromTop({ temperature, topK, topP, allowed }: Sampling, seed: number): TokenSampler {
  const ids = new Int32Array(topK);
  const weights = new Float64Array(topK);
  return (logits, pass, position) => {
    const kept = topIds(logits, topK, allowed, ids);
    const reference = logits[kept[0]!]!;
    if (!Number.isFinite(reference)) throw badLogits(logits);
    let mass = 0;
    for (let rank = 0; rank < kept.length; rank++) mass += weights[rank] = exponential((logits[kept[rank]!]! - reference) / temperature);
    const size = nucleusSize(weights, kept.length, topP * mass);
    return chosen(logits, kept[drawRank(weights, size, uniformAt(seed, pass, position))]!);
  };
}

function fromNucleus({ vocabularySize, temperature, topP, allowed }: Sampling, seed: number): TokenSampler {
  const best = new Int32Array(1);
  const weights = new Float32Array(vocabularySize); // 0 for what is banned
  const draw = nucleusSampler(vocabularySize);
  return (logits, pass, position) => {
    const reference = logits[bestAllowed(logits, allowed, best)]!;
    let mass = 0;
    for (const { start, end } of allowed) {
      for (let id = start; id < end; id++) mass += weights[id] = exponential((logits[id]! - reference) / temperature);
    }
    if (Number.isNaN(mass)) throw badLogits(logits);
    return chosen(logits, draw(weights, topP, uniformAt(seed, pass, position)));
  };
}
