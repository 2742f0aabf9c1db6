import type { Visibility } from '@palimpsest/backbone';
import type { Rows, Weights } from '@palimpsest/layers/testing';

export const silu = (x: number): number => x / (1 + Math.exp(-x));
export const softplus = (x: number): number => Math.log1p(Math.exp(x));
export const range = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

/** silu(bias + the last `kernel` rows, each channel by its own weights); rows before the first are zeros. */
export function convolveNaive(x: Rows, weights: Weights, name: string): Rows {
  const { shape: [, , kernel], data } = weights[`${name}.weight`]!;
  const bias = weights[`${name}.bias`]!.data;
  return x.map((row, t) => row.map((_, channel) => {
    let sum = bias[channel]!;
    for (let back = 0; back < kernel! && back <= t; back++) sum += data[channel * kernel! + kernel! - 1 - back]! * x[t - back]![channel]!;
    return silu(sum);
  }));
}

/**
 * The forward scan over everything plus, where there is one, the backward scan over each block of visibility by itself.
 * @param scan reads the parameters whose names begin with the prefix that it is given.
 */
export function scanBothWaysNaive<Token>(
  tokens: readonly Token[], scan: (tokens: readonly Token[], prefix: string) => Rows, backward: 'shared' | 'separate' | undefined, { sees }: Visibility,
): Rows {
  const there = scan(tokens, '');
  if (backward === undefined) return there;
  const prefix = backward === 'separate' ? 'backward.' : '';
  return there.map((row, t) => {
    const back = tokens.slice(t).filter((_, ahead) => sees(t, t + ahead)).reverse(); // ends with token t
    const own = scan(back, prefix).at(-1)!;
    return row.map((value, channel) => value + own[channel]!);
  });
}
