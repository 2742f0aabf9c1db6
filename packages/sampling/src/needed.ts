import { candidatesNeeded } from './candidate-sampler.js';
import { SamplingError } from './error.js';
import { exponential } from './exponential.js';
import type { Sampling } from './settings.js';
import type { TokenChoice } from './token-sampler.js';

/** What a model has to say of a row before a token can be chosen from it. The names are those of a backbone's wants. */
export type Needed = NeededTop | NeededDraw;

/** The most probable tokens: `candidateSampler` draws from them. */
export interface NeededTop {
  readonly give: 'top';
  readonly top: number;
}
/** A token that the model drew itself, by the uniform number that `categoricalSampler` would use: the same token, to the model's precision. */
export interface NeededDraw {
  readonly give: 'draw';
  readonly temperature: number;
  readonly topP: number;
  readonly banned: Int32Array;
}

/** The least that a token can be chosen by. */
export function neededForChoice(sampling: Sampling): Needed {
  const { temperature, topP, banned } = sampling;
  const top = candidatesNeeded(sampling);
  return top === undefined ? { give: 'draw', temperature, topP, banned: Int32Array.from(banned) } : { give: 'top', top };
}

/**
 * A token that a model drew, with its natural log-probability.
 *
 * @throws SamplingError when that is no number: the row was no distribution.
 */
export function drawnToken(id: number, logProbability: number): TokenChoice {
  if (!Number.isNaN(logProbability)) return { id, probability: exponential(logProbability) };
  const hint = 'The model produced it: check its weights and precision.';
  throw new SamplingError({ where: 'drawnToken', expected: 'a log-probability that is a number', got: `NaN for token ${id}`, hint });
}
