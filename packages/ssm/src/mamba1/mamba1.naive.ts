import type { Visibility } from '@palimpsest/backbone';
import { linearNaive } from '@palimpsest/layers/testing';
import type { Rows, Weights } from '@palimpsest/layers/testing';
import { convolveNaive, range, scanBothWaysNaive, silu, softplus } from '../scan/naive.js';
import type { Mamba1Config } from './mamba1.js';

/** Gu & Dao 2023, algorithm 2, token by token; one state vector to a channel. */
export function mamba1Naive(x: Rows, weights: Weights, config: Mamba1Config, visibility: Visibility): Rows {
  const { inner, stateSize, stepRank, plainNorms, backward } = config;
  const projected = linearNaive(x, weights, 'in_proj');
  const plain = (row: readonly number[]): readonly number[] => {
    if (plainNorms === undefined) return row;
    const mean = row.reduce((sum, value) => sum + value * value, 0) / row.length;
    return row.map((value) => value / Math.sqrt(mean + plainNorms.epsilon));
  };

  const scan = (rows: Rows, prefix: string): Rows => {
    const u = convolveNaive(rows.map((row) => row.slice(0, inner)), weights, `${prefix}conv1d`);
    const read = linearNaive(u, weights, `${prefix}x_proj`);
    const steps = linearNaive(read.map((row) => plain(row.slice(0, stepRank))), weights, `${prefix}dt_proj`);
    const of = (name: string): ArrayLike<number> => weights[prefix + name]!.data;
    const h = range(inner).map(() => range(stateSize).map(() => 0));
    return u.map((row, t) => {
      const b = plain(read[t]!.slice(stepRank, stepRank + stateSize));
      const c = plain(read[t]!.slice(stepRank + stateSize));
      return row.map((value, i) => {
        const step = softplus(steps[t]![i]!);
        let y = of('D')[i]! * value;
        for (const n of range(stateSize)) {
          h[i]![n] = Math.exp(-step * Math.exp(of('A_log')[i * stateSize + n]!)) * h[i]![n]! + step * b[n]! * value;
          y += c[n]! * h[i]![n]!;
        }
        return y;
      });
    });
  };

  const y = scanBothWaysNaive(projected, scan, backward, visibility);
  return linearNaive(y.map((row, t) => row.map((value, i) => value * silu(projected[t]![inner + i]!))), weights, 'out_proj');
}
