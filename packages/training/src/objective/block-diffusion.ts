import { PalimpsestError } from '@palimpsest/backbone';
import type { Prediction } from '@palimpsest/backbone';
import { fillUniform, uniformAt } from '@palimpsest/sampling';
import { besideClean } from '../step/reading.js';
import type { Batch, Objective, Rows } from './batch.js';
import { isInShare } from './share.js';

/** Shares of a block that are masked, from 0 to 1. */
export interface NoiseRange {
  readonly least: number;
  readonly most: number;
}

export interface BlockDiffusionConfig {
  readonly maskId: number;
  readonly seed: number;
  readonly prediction: Prediction;
  /** That of the model's visibility. */
  readonly blockSize: number;
  /** Leading tokens of every row that are never masked: 1 keeps the begin token. */
  readonly keep: number;
  /** 0.001 to 1 when absent, for which the loss is the bound on the likelihood. A narrower range varies less: 0.3 to 0.8 for blocks of 16 in BD3-LM. */
  readonly noise?: NoiseRange;
  /** Every other row is the one before it with the opposite mask, so that each token is learned once: rows come in pairs. */
  readonly complementary?: boolean;
  /**
   * Which part of the blocks, from 0 to 1, are masked from some cell to their end, as a sampler leaves them that writes from the left; 0 when absent.
   * Every length of such an end is as likely, and each token counts once on average, as elsewhere.
   */
  readonly endsMasked?: number;
}

const wholeRange: NoiseRange = { least: 1e-3, most: 1 };

/**
 * BD3-LM's objective (Arriola et al. 2025, arXiv:2503.09573, equation 8): each block is masked at a rate of its own behind the clean blocks before
 * it; the loss is the cross entropy at masked positions over the rate, divided by the number of positions. Rates are stratified over
 * the blocks of the batch. Complementary masks as in Fast-dLLM v2 (arXiv:2509.26328) and LLaDA2.0.
 *
 * What fills the block in which a text ends is content, as a sampler has to fill it; blocks behind it are never written and do not count.
 * In a shifted model the first token of a block does not see the noise: it counts whether masked or not, with weight 1, which is the mean
 * of what the noise would make of it. With blocks of one token that leaves next-token training.
 *
 * @throws PalimpsestError where the range is none or has no opposite for complementary masks, or the part of masked ends is none or has one.
 */
export function blockDiffusion(config: BlockDiffusionConfig): Objective {
  const { noise = wholeRange, complementary = false, endsMasked = 0 } = config;
  checkNoise(noise, complementary);
  checkEnds(endsMasked, complementary);
  return { name: 'block-diffusion', reading: besideClean, batch: (rows, step) => noisyBatch({ ...config, noise, complementary, endsMasked }, rows, step) };
}

function noisyBatch({ maskId, seed, prediction, blockSize, keep, noise, complementary, endsMasked }: Required<BlockDiffusionConfig>, given: Rows, step: number): Batch {
  const { rows, length } = given;
  const copies = complementary ? 2 : 1;
  if (rows % copies !== 0) throw new PalimpsestError({ where: 'blockDiffusion', expected: 'an even number of rows, for complementary masks', got: String(rows) });
  const shift = prediction === 'next' ? 1 : 0;
  const first = Math.max(keep, shift);
  const tokens = new Int32Array(2 * rows * length);
  const targets = new Int32Array(rows * length);
  const weights = new Float32Array(rows * length);
  const blocks = Math.ceil(length / blockSize);
  const offset = uniformAt(seed, step, 0, 0);
  const draws = new Float64Array(length);
  const lengthOf = (row: number): number => Math.min(length, Math.ceil(given.lengths[row]! / blockSize) * blockSize);
  const source = (row: number): number => row - (row % copies);
  let counted = 0;
  for (let row = 0; row < rows; row++) counted += Math.max(0, lengthOf(source(row)) - first);
  for (let row = 0; row < rows; row++) {
    const text = given.tokens.subarray(source(row) * length, (source(row) + 1) * length);
    const opposite = row !== source(row);
    const noisy = tokens.subarray(2 * row * length, (2 * row + 1) * length);
    noisy.set(text);
    tokens.set(text, (2 * row + 1) * length);
    fillUniform(draws, seed, step, source(row) + 1);
    for (let block = 0; block * blockSize < lengthOf(source(row)); block++) {
      const stratum = source(row) * blocks + block;
      const time = (offset + stratum / (rows * blocks)) % 1;
      const [start, end] = [Math.max(first, block * blockSize), Math.min((block + 1) * blockSize, lengthOf(source(row)))];
      const mask = isInShare(stratum + step, endsMasked) // with the step, so that places take turns
        ? endOf(end - start, time)
        : independent(draws.subarray(start, end), noise.least + (noise.most - noise.least) * time, opposite);
      for (let i = start; i < end; i++) {
        const { masked, chance } = mask(i - start);
        const noiseless = shift === 1 && i % blockSize === 0; // the row before a block sees none of it
        if (masked) noisy[i] = maskId;
        if (!masked && !noiseless) continue;
        targets[row * length + i - shift] = text[i]!;
        weights[row * length + i - shift] = (noiseless ? 1 : 1 / chance) / counted;
      }
    }
  }
  return { tokens, targets, weights };
}

/** Whether a cell of a block is masked, and how likely that was. */
type Mask = (cell: number) => { readonly masked: boolean; readonly chance: number };

const independent = (draws: Float64Array, rate: number, opposite: boolean): Mask =>
  (cell) => ({ masked: draws[cell]! < rate !== opposite, chance: opposite ? 1 - rate : rate });

/** At time t the last ceil(t cells): the cell with j before it is masked in j + 1 cases of as many as there are cells. */
const endOf = (cells: number, time: number): Mask =>
  (cell) => ({ masked: cell >= cells - Math.ceil(time * cells), chance: (cell + 1) / cells });

function checkEnds(share: number, complementary: boolean): void {
  const refuse = (expected: string): never => {
    throw new PalimpsestError({ where: 'blockDiffusion: endsMasked', expected, got: String(share) });
  };
  if (!(share >= 0 && share <= 1)) refuse('a part of the blocks, from 0 to 1');
  if (share > 0 && complementary) refuse('0 with complementary masks: the opposite of an end is a beginning');
}

function checkNoise({ least, most }: NoiseRange, complementary: boolean): void {
  const fits = least > 0 && least <= most && most <= 1;
  if (!fits) throw new PalimpsestError({ where: 'blockDiffusion: noise', expected: 'a range above 0, up to 1', got: `${least} to ${most}` });
  if (complementary && most >= 1) {
    throw new PalimpsestError({ where: 'blockDiffusion: noise', expected: 'a range below 1, for complementary masks', got: `${least} to ${most}`, hint: 'Try 0.3 to 0.8.' });
  }
}
