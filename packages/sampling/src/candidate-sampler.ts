import { SamplingError } from './error.js';
import { exponential } from './exponential.js';
import { drawRank, nucleusSize } from './nucleus.js';
import { uniformAt } from './random.js';
import type { Sampling } from './settings.js';
import type { TokenChoice } from './token-sampler.js';

/**
 * How many of the most probable tokens `candidateSampler` needs to draw exactly as `categoricalSampler` does from all
 * logits; undefined when the settings put no limit on what may be drawn.
 */
export function candidatesNeeded({ vocabularySize, temperature, topK, banned }: Sampling): number | undefined {
  const wanted = temperature === 0 ? 1 : topK;
  return wanted < vocabularySize ? Math.min(wanted + banned.size, vocabularySize) : undefined;
}

/**
 * As `categoricalSampler` for settings that draw from few tokens, given those alone: `ids` and natural logarithms of
 * their probabilities, `candidatesNeeded` of them, most probable first. Weights are renormalised over what is kept.
 */
export type CandidateSampler = (ids: Int32Array, logProbabilities: Float32Array, pass: number, position: number) => TokenChoice;

export function candidateSampler(sampling: Sampling, seed: number): CandidateSampler {
  const { temperature, topK, topP, banned } = sampling;
  uniformAt(seed, 0); // a bad seed fails here, not at the first token
  const needed = candidatesNeeded(sampling);
  if (needed === undefined) {
    throw new SamplingError({ where: 'candidateSampler', expected: 'a temperature of 0 or a top-k', got: 'settings that may draw any token' });
  }
  const limit = temperature === 0 ? 1 : topK;
  const ranks = new Int32Array(limit);
  const weights = new Float64Array(limit);
  return (ids, logProbabilities, pass, position) => {
    if (ids.length !== needed) throw new SamplingError({ where: 'candidateSampler', expected: `${needed} candidates`, got: String(ids.length) });
    let count = 0;
    let mass = 0;
    for (let rank = 0; rank < needed && count < limit; rank++) {
      if (banned.has(ids[rank]!)) continue;
      ranks[count] = rank;
      const behind = logProbabilities[rank]! - logProbabilities[ranks[0]!]!;
      mass += weights[count++] = temperature === 0 ? 1 : exponential(behind / temperature);
    }
    if (!(mass > 0)) throw badCandidates(logProbabilities);
    const size = nucleusSize(weights, count, topP * mass);
    const rank = ranks[temperature === 0 ? 0 : drawRank(weights, size, uniformAt(seed, pass, position))]!;
    return { id: ids[rank]!, probability: exponential(logProbabilities[rank]!) };
  };
}

const badCandidates = (logProbabilities: Float32Array): SamplingError =>
  new SamplingError({
    where: 'candidateSampler',
    expected: 'log-probabilities that are numbers',
    got: `[${logProbabilities.subarray(0, 5).join(', ')}${logProbabilities.length > 5 ? ', …' : ''}]`,
    hint: 'The model produced them: check its weights and precision.',
  });
