import type { Visibility } from '@palimpsest/backbone';
import { linearNaive } from '../linear/linear.naive.js';
import type { Rows, Weights } from '../linear/linear.naive.js';
import { rmsNormNaive } from '../norm/norm.naive.js';
import type { AttentionConfig } from './attention.js';

/** Entries i and i + size/2 are a complex number, which turns by position · theta^(-2i / size). */
function rotateNaive(vector: readonly number[], position: number, theta: number): readonly number[] {
  const half = vector.length / 2;
  return vector.map((_, entry) => {
    const i = entry % half;
    const angle = position * theta ** ((-2 * i) / vector.length);
    const [real, imaginary] = [vector[i]!, vector[i + half]!];
    return entry < half ? real * Math.cos(angle) - imaginary * Math.sin(angle) : real * Math.sin(angle) + imaginary * Math.cos(angle);
  });
}

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/** Vaswani et al. 2017, equation 1, token by token: row t of `x` stands at position t. */
export function attentionNaive(x: Rows, weights: Weights, config: AttentionConfig, visibility: Visibility): Rows {
  const { heads, keyHeads, headSize, rotary, queryKeyNorm } = config;
  const headOf = (row: readonly number[], head: number): readonly number[] => row.slice(head * headSize, (head + 1) * headSize);
  const placed = (projected: Rows, norm: string, head: number): Rows => {
    const own = projected.map((row) => headOf(row, head));
    const normal = queryKeyNorm ? rmsNormNaive(own, weights[`${norm}.weight`]!.data, queryKeyNorm.epsilon) : own;
    return rotary ? normal.map((vector, position) => rotateNaive(vector, position, rotary.theta)) : normal;
  };
  const [queries, keys, values] = ['q_proj', 'k_proj', 'v_proj'].map((name) => linearNaive(x, weights, name)) as [Rows, Rows, Rows];
  const mixed: number[][] = x.map(() => []);
  for (let head = 0; head < heads; head++) {
    const shared = Math.floor(head / (heads / keyHeads));
    const [q, k] = [placed(queries, 'q_norm', head), placed(keys, 'k_norm', shared)];
    for (const [t, row] of mixed.entries()) {
      const seen = [...x.keys()].filter((other) => visibility.sees(t, other));
      const exponentials = seen.map((other) => Math.exp(dot(q[t]!, k[other]!) / Math.sqrt(headSize)));
      const total = exponentials.reduce((sum, value) => sum + value, 0);
      for (let i = 0; i < headSize; i++) row.push(seen.reduce((sum, other, n) => sum + (exponentials[n]! / total) * headOf(values[other]!, shared)[i]!, 0));
    }
  }
  return linearNaive(mixed, weights, 'o_proj');
}
