import { PalimpsestError } from '@palimpsest/backbone';
import type { Prediction } from '@palimpsest/backbone';
import { fillUniform, uniformAt } from '@palimpsest/sampling';
import type { Objective, Rows } from './batch.js';
import { isInShare } from './share.js';

/** Rows that are learned as a sampler in blocks sees them. */
export interface ActiveBlock {
  /** Blocks are counted from the first token that is not kept. */
  readonly blockSize: number;
  /** Which part of the rows, above 0 and up to 1; the others are masked throughout. */
  readonly share: number;
}

export interface MaskedDiffusionConfig {
  readonly maskId: number;
  readonly seed: number;
  readonly prediction: Prediction;
  /** Leading tokens of every row that are never masked: 1 keeps the begin token. */
  readonly keep: number;
  /** Smallest masking probability; 1e-3 in LLaDA. */
  readonly minimumRate?: number;
  readonly activeBlock?: ActiveBlock;
}

/**
 * LLaDA's pre-training objective (Nie et al. 2025, arXiv:2502.09992, equation 3): a rate t ~ U(0, 1) per row masks each
 * token with probability p = (1 - ε) t + ε; the loss is the cross entropy at masked positions, weighted 1 / p and divided
 * by the number of positions. Rates are stratified over the rows: t = (u + row) / rows mod 1.
 *
 * Padding is content: a model of a whole canvas must say where the text ends. For `next`, row i - 1 carries the target of i.
 *
 * With an active block, that share of the rows is masked at its rate in one block that holds text; what is before it is clean, what is behind it
 * masked and not asked for (Blockwise SFT, Sun et al. 2025, arXiv:2508.19529). Each row counts as much as any other. The loss of such a batch is no
 * bound on the likelihood.
 *
 * @throws PalimpsestError where an active block has no size, or a share that is none.
 */
export function maskedDiffusion({ maskId, seed, prediction, keep, minimumRate = 1e-3, activeBlock }: MaskedDiffusionConfig): Objective {
  if (activeBlock !== undefined) checkActive(activeBlock);
  const shift = prediction === 'next' ? 1 : 0;
  const first = Math.max(keep, shift);
  return {
    name: 'masked-diffusion',
    batch: (given, step) => {
      const { rows, length, tokens } = given;
      const noisy = Int32Array.from(tokens);
      const targets = new Int32Array(rows * length);
      const weights = new Float32Array(rows * length);
      const offset = uniformAt(seed, step, 0, 0);
      const draws = new Float64Array(length);
      for (let row = 0; row < rows; row++) {
        const rate = (1 - minimumRate) * ((offset + row / rows) % 1) + minimumRate;
        const { start, end } = activeBlock !== undefined && isInShare(row, activeBlock.share)
          ? blockOf(given, row, first, activeBlock.blockSize, uniformAt(seed, step, 0, row + 1))
          : { start: first, end: length };
        fillUniform(draws, seed, step, row + 1);
        for (let i = start; i < end; i++) {
          if (draws[i]! >= rate) continue;
          const at = row * length + i;
          noisy[at] = maskId;
          targets[at - shift] = tokens[at]!;
          weights[at - shift] = 1 / rate / (rows * (end - start));
        }
        noisy.fill(maskId, row * length + end, (row + 1) * length);
      }
      return { tokens: noisy, targets, weights };
    },
  };
}

/** One of the blocks in which a row's text stands; the first where it has none. */
function blockOf({ length, lengths }: Rows, row: number, first: number, blockSize: number, draw: number): { readonly start: number; readonly end: number } {
  const blocks = Math.max(1, Math.ceil((lengths[row]! - first) / blockSize));
  const start = Math.min(length, first + Math.floor(draw * blocks) * blockSize);
  return { start, end: Math.min(length, start + blockSize) };
}

function checkActive({ blockSize, share }: ActiveBlock): void {
  const where = 'maskedDiffusion: activeBlock';
  if (!Number.isInteger(blockSize) || blockSize < 1) throw new PalimpsestError({ where: `${where}.blockSize`, expected: 'a positive integer', got: `${blockSize}` });
  if (!(share > 0 && share <= 1)) throw new PalimpsestError({ where: `${where}.share`, expected: 'above 0, up to 1', got: `${share}` });
}
