import { constant, layerNormalization, rmsNormalization } from '@palimpsest/graph';
import { constantly, zeros } from '../initialiser.js';
import type { Layer, Scope } from '../layer.js';

export interface NormConfig {
  readonly width: number;
  readonly epsilon: number;
  /** First value of every weight; 1 when absent. */
  readonly initial?: number;
}

/** x / sqrt(mean(x²) + epsilon) · weight over the last axis. Zhang & Sennrich 2019, arXiv:1910.07467, equation 4. */
export function rmsNorm(scope: Scope, { width, epsilon, initial = 1 }: NormConfig): Layer {
  const weight = scope.parameter('weight', [width], { initialise: constantly(initial), role: 'vector' });
  return (x) => rmsNormalization(x, weight, epsilon);
}

export interface LayerNormConfig extends NormConfig {
  /** True when absent. */
  readonly bias?: boolean;
}

/** (x - mean) / sqrt(variance + epsilon) · weight + bias over the last axis. Ba et al. 2016, arXiv:1607.06450, section 3. */
export function layerNorm(scope: Scope, { width, epsilon, initial = 1, bias = true }: LayerNormConfig): Layer {
  const weight = scope.parameter('weight', [width], { initialise: constantly(initial), role: 'vector' });
  const shift = bias ? scope.parameter('bias', [width], { initialise: zeros, role: 'vector' }) : constant([width], new Float32Array(width));
  return (x) => layerNormalization(x, weight, shift, epsilon);
}
