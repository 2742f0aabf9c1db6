import type { Visibility } from '@palimpsest/backbone';
import { linearNaive } from '@palimpsest/layers/testing';
import type { Rows, Weights } from '@palimpsest/layers/testing';
import { convolveNaive, range, scanBothWaysNaive, silu, softplus } from '../scan/naive.js';
import type { Mamba2Config } from './mamba2.js';

/** Dao & Gu 2024, the recurrence token by token; one state matrix to a head. */
export function mamba2Naive(x: Rows, weights: Weights, config: Mamba2Config, visibility: Visibility): Rows {
  const { heads, headSize, stateSize, groups, normGroups, normEpsilon, stepLimits, backward } = config;
  const inner = heads * headSize;
  const channels = inner + 2 * groups * stateSize;
  const projected = linearNaive(x, weights, 'in_proj');

  const scan = (rows: Rows, prefix: string): Rows => {
    const convolved = convolveNaive(rows.map((row) => row.slice(inner, inner + channels)), weights, `${prefix}conv1d`);
    const of = (name: string): ArrayLike<number> => weights[prefix + name]!.data;
    const h = range(heads).map(() => range(stateSize).map(() => range(headSize).map(() => 0)));
    return rows.map((row, t) => {
      const u = convolved[t]!;
      return range(heads).flatMap((head) => {
        const free = softplus(row[inner + channels + head]! + of('dt_bias')[head]!);
        const step = stepLimits === undefined ? free : Math.min(Math.max(free, stepLimits.least), stepLimits.most);
        const fade = Math.exp(-step * Math.exp(of('A_log')[head]!));
        const group = Math.floor(head / (heads / groups));
        const b = (n: number): number => u[inner + group * stateSize + n]!;
        const c = (n: number): number => u[inner + (groups + group) * stateSize + n]!;
        return range(headSize).map((p) => {
          const value = u[head * headSize + p]!;
          let y = of('D')[head]! * value;
          for (const n of range(stateSize)) {
            h[head]![n]![p] = fade * h[head]![n]![p]! + step * b(n) * value;
            y += c(n) * h[head]![n]![p]!;
          }
          return y;
        });
      });
    });
  };

  const y = scanBothWaysNaive(projected, scan, backward, visibility);
  const normal = y.map((row, t) => {
    const gated = row.map((value, i) => value * silu(projected[t]![i]!));
    const size = inner / normGroups;
    return gated.map((value, i) => {
      const part = gated.slice(Math.floor(i / size) * size, (Math.floor(i / size) + 1) * size);
      const mean = part.reduce((sum, other) => sum + other * other, 0) / size;
      return (value / Math.sqrt(mean + normEpsilon)) * weights['norm.weight']!.data[i]!;
    });
  });
  return linearNaive(normal, weights, 'out_proj');
}
