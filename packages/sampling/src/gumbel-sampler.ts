import { SamplingError } from './error.js';
import { fillUniform, openInterval, uniformAt } from './random.js';
import type { Sampling } from './settings.js';
import { badLogits } from './softmax.js';
import { checkingLength, chosen, greedy } from './token-sampler.js';
import type { TokenSampler } from './token-sampler.js';

const CLEARLY_BEHIND = 5;
const SMALL_NOISE = 1 - Math.exp(-4); // -ln(-ln u) <= -ln(1 - u) < 4 below it

/**
 * LLaDA's proposal (Nie et al. 2025, arXiv:2502.09992, `add_gumbel_noise`): the token with the largest
 * e^logit / (-ln u)^temperature, which is argmax of logit - temperature ln(-ln u), with u in (0, 1) for every token, in
 * float64. The noise is that of `fillUniform(seed, pass, position)`.
 *
 * At temperature 0 this is argmax and at 1 a draw from the model's distribution; in between it has the distribution of
 * `categoricalSampler`, which needs one random number instead of one for every token and is about six times as fast.
 *
 * @throws SamplingError when top-k or top-p is set.
 */
export function gumbelSampler(sampling: Sampling, seed: number): TokenSampler {
  const { vocabularySize, temperature, topK, topP, allowed } = sampling;
  uniformAt(seed, 0); // a bad seed fails here, not at the first token
  if (topK < vocabularySize || topP < 1) {
    const hint = 'Use categoricalSampler: its distribution is the same.';
    throw new SamplingError({ where: 'gumbelSampler', expected: 'neither top-k nor top-p', got: `topK ${topK}, topP ${topP}`, hint });
  }
  if (temperature === 0) return checkingLength(greedy(sampling), vocabularySize);
  const uniforms = new Float64Array(vocabularySize);
  return checkingLength((logits, pass, position) => {
    fillUniform(uniforms, seed, pass, position);
    let best = -1;
    let largest = -Infinity;
    for (const { start, end } of allowed) {
      for (let id = start; id < end; id++) {
        // two logarithms a token would be most of the cost, and the noise of few tokens matters
        if (largest - logits[id]! > CLEARLY_BEHIND * temperature && uniforms[id]! < SMALL_NOISE) continue;
        const noisy = logits[id]! - temperature * Math.log(-Math.log(openInterval(uniforms[id]!)));
        if (noisy > largest) {
          largest = noisy;
          best = id;
        }
      }
    }
    if (!Number.isFinite(largest)) throw badLogits(logits);
    return chosen(logits, best);
  }, vocabularySize);
}
