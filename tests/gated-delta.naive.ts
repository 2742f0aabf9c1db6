import type { Visibility } from '@palimpsest/backbone';
import type { Rows, Weights } from '@palimpsest/layers/testing';
import { linearNaive } from '@palimpsest/layers/testing';
import type { GatedDeltaConfig } from '../docs/examples/gated-delta/src/gated-delta.js';

const silu = (x: number): number => x / (1 + Math.exp(-x));
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const kernel = 4;

/** A head of length 1, but for what keeps a head of zeros from being divided by zero. */
const unit = (x: readonly number[]): readonly number[] => {
  const mean = x.reduce((sum, value) => sum + value * value, 0) / x.length;
  return x.map((value) => value / Math.sqrt(mean + 1e-6) / Math.sqrt(x.length));
};

/** The layer as its paper has it, one token after the other: the forward pass over all, the backward pass over what each token may see of the later ones. */
export function gatedDeltaNaive(x: Rows, weights: Weights, { heads, headSize, backward }: GatedDeltaConfig, { sees }: Visibility): Rows {
  const inner = heads * headSize;
  const projected = linearNaive(x, weights, 'in_proj');
  const forward = answers(projected, weights, '', heads, headSize);
  const prefix = backward === 'separate' ? 'backward.' : '';
  const answered = backward === undefined ? forward : forward.map((row, t) => {
    const back = projected.slice(t).filter((_, ahead) => sees(t, t + ahead)).reverse(); // ends with token t
    const own = answers(back, weights, prefix, heads, headSize).at(-1)!;
    return row.map((value, channel) => value + own[channel]!);
  });
  const gated = answered.map((row, t) => row.map((_, channel) => {
    const head = row.slice(Math.floor(channel / headSize) * headSize, (Math.floor(channel / headSize) + 1) * headSize);
    const mean = head.reduce((sum, value) => sum + value * value, 0) / headSize;
    return (row[channel]! / Math.sqrt(mean + 1e-6)) * weights['norm.weight']!.data[channel % headSize]! * silu(projected[t]![3 * inner + channel]!);
  }));
  return linearNaive(gated, weights, 'out_proj');
}

function answers(projected: Rows, weights: Weights, prefix: string, heads: number, headSize: number): Rows {
  const inner = heads * headSize;
  const [taps, bias] = [weights[`${prefix}conv1d.weight`]!.data, weights[`${prefix}conv1d.bias`]!.data];
  const [logs, offsets] = [weights[`${prefix}A_log`]!.data, weights[`${prefix}dt_bias`]!.data];
  const states = Array.from({ length: heads }, () => Array.from({ length: headSize }, () => new Array<number>(headSize).fill(0)));
  return projected.map((row, t) => {
    const mixed = Array.from({ length: 3 * inner }, (_, channel) => {
      let sum = bias[channel]!;
      for (let back = 0; back < kernel && back <= t; back++) sum += taps[channel * kernel + kernel - 1 - back]! * projected[t - back]![channel]!;
      return silu(sum);
    });
    return states.flatMap((state, head) => {
      const part = (from: number): readonly number[] => mixed.slice(from + head * headSize, from + (head + 1) * headSize);
      const [q, k, v] = [unit(part(0)), unit(part(inner)), part(2 * inner)];
      const step = Math.log1p(Math.exp(row[4 * inner + head]! + offsets[head]!));
      const fade = Math.exp(-Math.exp(logs[head]!) * step);
      const rate = sigmoid(row[4 * inner + heads + head]!);
      for (const line of state) line.forEach((value, j) => { line[j] = fade * value; });
      const said = v.map((_, j) => k.reduce((sum, key, i) => sum + key * state[i]![j]!, 0));
      for (const [i, line] of state.entries()) line.forEach((value, j) => { line[j] = value + k[i]! * rate * (v[j]! - said[j]!); });
      return v.map((_, j) => q.reduce((sum, query, i) => sum + query * state[i]![j]!, 0));
    });
  });
}
