import { PalimpsestError } from '@palimpsest/backbone';
import { openUniformAt, uniformAt } from '@palimpsest/sampling';

/**
 * Times for one training step, one per row of the batch: t_j = (u + j) / batch with a single u, so that a batch covers
 * all noise levels and the loss varies less than with independent draws (MDLM, arXiv:2406.07524; VDM,
 * arXiv:2107.00630). Under the linear schedule a time is the masked fraction. Each row's time is uniform on
 * (`least`, 1); LLaDA trains with `least` 1e-3, which bounds the weights.
 *
 * @returns ascending times, batch of them.
 */
export function stratifiedRates(batch: number, seed: number, step: number, least: number = 0): Float64Array {
  checkPositive('stratifiedRates', 'batch', batch);
  if (!(least >= 0 && least < 1)) throw new PalimpsestError({ where: 'stratifiedRates', expected: 'a least time from 0 to below 1', got: String(least) });
  const offset = openUniformAt(seed, step);
  return Float64Array.from({ length: batch }, (_, row) => least + ((1 - least) * (offset + row)) / batch);
}

/**
 * How many of `length` tokens each draw of LLaDA's Monte Carlo likelihood masks: from one random k in 1 to length,
 * l_j = ((round(k + j length / draws) - 1) mod length) + 1. Each l is uniform on 1 to length; with l of them masked, length / l
 * times their summed cross-entropy estimates the bound (LLaDA, arXiv:2502.09992, section 2.4 and its published code).
 *
 * @param coordinates none to three integers that set this draw apart from others of the seed.
 * @returns counts, draws of them.
 */
export function stratifiedMaskCounts(length: number, draws: number, seed: number, ...coordinates: readonly number[]): Int32Array {
  checkPositive('stratifiedMaskCounts', 'length', length);
  checkPositive('stratifiedMaskCounts', 'draws', draws);
  const first = 1 + Math.floor(uniformAt(seed, ...coordinates, 0) * length);
  return Int32Array.from({ length: draws }, (_, draw) => ((roundHalfToEven(first + draw * (length / draws)) - 1) % length) + 1);
}

/** As torch.round, so that halves fall as in the published code. */
function roundHalfToEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

function checkPositive(where: string, name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) throw new PalimpsestError({ where, expected: `a positive integer ${name}`, got: String(value) });
}
