import type { Prediction } from '@palimpsest/backbone';
import { fillUniform, uniformAt } from '@palimpsest/sampling';
import type { Objective } from './batch.js';

export interface MaskedDiffusionConfig {
  readonly maskId: number;
  readonly seed: number;
  readonly prediction: Prediction;
  /** Leading tokens of every row that are never masked: 1 keeps the begin token. */
  readonly keep: number;
  /** Smallest masking probability; 1e-3 in LLaDA. */
  readonly minimumRate?: number;
}

/**
 * LLaDA's pre-training objective (Nie et al. 2025, arXiv:2502.09992, equation 3): a rate t ~ U(0, 1) per row masks each
 * token with probability p = (1 - ε) t + ε; the loss is the cross entropy at masked positions, weighted 1 / p and divided
 * by the number of positions. Rates are stratified over the rows: t = (u + row) / rows mod 1.
 *
 * Padding is content: a model of a whole canvas must say where the text ends. For `next`, row i - 1 carries the target of i.
 */
export function maskedDiffusion({ maskId, seed, prediction, keep, minimumRate = 1e-3 }: MaskedDiffusionConfig): Objective {
  const shift = prediction === 'next' ? 1 : 0;
  const first = Math.max(keep, shift);
  return {
    name: 'masked-diffusion',
    batch: ({ rows, length, tokens }, step) => {
      const noisy = Int32Array.from(tokens);
      const targets = new Int32Array(rows * length);
      const weights = new Float32Array(rows * length);
      const offset = uniformAt(seed, step, 0, 0);
      const draws = new Float64Array(length);
      const counted = rows * (length - first);
      for (let row = 0; row < rows; row++) {
        const rate = (1 - minimumRate) * ((offset + row / rows) % 1) + minimumRate;
        fillUniform(draws, seed, step, row + 1);
        for (let i = first; i < length; i++) {
          if (draws[i]! >= rate) continue;
          const at = row * length + i;
          noisy[at] = maskId;
          targets[at - shift] = tokens[at]!;
          weights[at - shift] = 1 / rate / counted;
        }
      }
      return { tokens: noisy, targets, weights };
    },
  };
}
