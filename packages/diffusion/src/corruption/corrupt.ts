import { PalimpsestError } from '@palimpsest/backbone';
import { fillUniform } from '@palimpsest/sampling';

export interface Corruption {
  /** The tokens, masked ones replaced by the mask id. */
  readonly tokens: Int32Array; // length
  /** 1 where a token was masked, which the mask id alone does not tell: the text may contain it. */
  readonly masked: Uint8Array; // length
}

export interface CorruptionInput {
  readonly tokens: Int32Array; // length
  readonly mask: number;
  /** 1 where a token may be masked (an answer, say, and not its prompt); all of them when absent. */
  readonly eligible?: Uint8Array; // length
  readonly seed: number;
  /** None to three integers that set this draw apart from others of the seed, for example step and row. */
  readonly coordinates: readonly number[];
}

/**
 * Masks each eligible token with probability `rate`, independently of the others (LLaDA, arXiv:2502.09992).
 *
 * @throws PalimpsestError when `rate` is not from 0 to 1 or `eligible` has another length.
 */
export function corrupt(input: CorruptionInput & { readonly rate: number }): Corruption {
  const { tokens, mask, rate } = input;
  if (!(rate >= 0 && rate <= 1)) throw new PalimpsestError({ where: 'corrupt', expected: 'a rate from 0 to 1', got: String(rate) });
  const { eligible, uniform } = drawForEach('corrupt', input);
  const masked = eligible.map((may, index) => (may !== 0 && uniform[index]! < rate ? 1 : 0));
  return { tokens: tokens.map((id, index) => (masked[index] === 1 ? mask : id)), masked };
}

/**
 * Masks exactly `count` of the eligible tokens, every choice equally likely: the corruption of LLaDA's likelihood
 * estimate, of lower variance than independent masking.
 *
 * @throws PalimpsestError when fewer than `count` are eligible, or `eligible` has another length.
 */
export function corruptExactly(input: CorruptionInput & { readonly count: number }): Corruption {
  const { tokens, mask, count } = input;
  const { eligible, uniform } = drawForEach('corruptExactly', input);
  const candidates = Array.from(tokens.keys()).filter((index) => eligible[index] !== 0);
  if (!(Number.isInteger(count) && count >= 0 && count <= candidates.length)) {
    throw new PalimpsestError({ where: 'corruptExactly', expected: `a count from 0 to ${candidates.length}, the eligible tokens`, got: String(count) });
  }
  const masked = new Uint8Array(tokens.length);
  const noisy = tokens.slice();
  for (const index of candidates.sort((a, b) => uniform[a]! - uniform[b]!).slice(0, count)) {
    masked[index] = 1;
    noisy[index] = mask;
  }
  return { tokens: noisy, masked };
}

function drawForEach(where: string, input: CorruptionInput): { readonly eligible: Uint8Array; readonly uniform: Float64Array } {
  const { tokens, eligible = new Uint8Array(tokens.length).fill(1), seed, coordinates } = input;
  if (eligible.length !== tokens.length) {
    throw new PalimpsestError({ where, expected: `one eligible flag for each of ${tokens.length} tokens`, got: String(eligible.length) });
  }
  const uniform = new Float64Array(tokens.length);
  fillUniform(uniform, seed, ...coordinates);
  return { eligible, uniform };
}
