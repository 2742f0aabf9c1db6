import { linearNaive } from '../linear/linear.naive.js';
import type { Rows, Weights } from '../linear/linear.naive.js';

/** Shazeer 2020, equation 6: (Swish(x W) ⊙ x V) W₂. */
export function gatedMlpNaive(x: Rows, weights: Weights): Rows {
  const up = linearNaive(x, weights, 'up_proj');
  const hidden = linearNaive(x, weights, 'gate_proj').map((row, t) => row.map((value, i) => (value / (1 + Math.exp(-value))) * up[t]![i]!));
  return linearNaive(hidden, weights, 'down_proj');
}
