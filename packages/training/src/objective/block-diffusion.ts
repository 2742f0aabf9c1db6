import { PalimpsestError } from '@palimpsest/backbone';
import type { Prediction } from '@palimpsest/backbone';
import { fillUniform, uniformAt } from '@palimpsest/sampling';
import { besideClean } from '../step/reading.js';
import type { Batch, Objective, Rows } from './batch.js';

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
 * @throws PalimpsestError where the range is none, or has no opposite for complementary masks.
 */
export function blockDiffusion(config: BlockDiffusionConfig): Objective {
  const { noise = wholeRange, complementary = false } = config;
  checkNoise(noise, complementary);
  return { name: 'block-diffusion', reading: besideClean, batch: (rows, step) => noisyBatch({ ...config, noise, complementary }, rows, step) };
}

function noisyBatch({ maskId, seed, prediction, blockSize, keep, noise, complementary }: Required<BlockDiffusionConfig>, given: Rows, step: number): Batch {
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
    for (let i = first; i < lengthOf(source(row)); i++) {
      const stratum = (source(row) * blocks + Math.floor(i / blockSize)) / (rows * blocks);
      const rate = noise.least + (noise.most - noise.least) * ((offset + stratum) % 1);
      const masked = draws[i]! < rate !== opposite;
      const noiseless = shift === 1 && i % blockSize === 0; // the row before a block sees none of it
      if (masked) noisy[i] = maskId;
      if (!masked && !noiseless) continue;
      targets[row * length + i - shift] = text[i]!;
      weights[row * length + i - shift] = (noiseless ? 1 : 1 / (opposite ? 1 - rate : rate)) / counted;
    }
  }
  return { tokens, targets, weights };
}

function checkNoise({ least, most }: NoiseRange, complementary: boolean): void {
  const fits = least > 0 && least <= most && most <= 1;
  if (!fits) throw new PalimpsestError({ where: 'blockDiffusion: noise', expected: 'a range above 0, up to 1', got: `${least} to ${most}` });
  if (complementary && most >= 1) {
    throw new PalimpsestError({ where: 'blockDiffusion: noise', expected: 'a range below 1, for complementary masks', got: `${least} to ${most}`, hint: 'Try 0.3 to 0.8.' });
  }
}
