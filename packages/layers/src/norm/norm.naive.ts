import type { Rows, Weights } from '../linear/linear.naive.js';

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;

/** Zhang & Sennrich 2019, equation 4, with epsilon inside the root as everyone has it. */
export function rmsNormNaive(x: Rows, weight: ArrayLike<number>, epsilon: number): Rows {
  return x.map((row) => {
    const root = Math.sqrt(mean(row.map((value) => value * value)) + epsilon);
    return row.map((value, i) => (value / root) * weight[i]!);
  });
}

/** Ba et al. 2016, equation 4. */
export function layerNormNaive(x: Rows, weights: Weights, epsilon: number): Rows {
  return x.map((row) => {
    const centre = mean(row);
    const deviation = Math.sqrt(mean(row.map((value) => (value - centre) ** 2)) + epsilon);
    return row.map((value, i) => ((value - centre) / deviation) * weights['weight']!.data[i]! + (weights['bias']?.data[i] ?? 0));
  });
}
