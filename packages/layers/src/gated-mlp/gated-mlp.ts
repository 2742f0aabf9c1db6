import { multiply, silu } from '@palimpsest/graph';
import { normal } from '../initialiser.js';
import type { Layer, Scope } from '../layer.js';
import { linear } from '../linear/linear.js';

export interface GatedMlpConfig {
  readonly width: number;
  readonly hidden: number;
  /** Standard deviation of the initial output projection; 0.02 when absent. */
  readonly outputDeviation?: number;
}

/** down(silu(gate(x)) · up(x)): SwiGLU without biases. Shazeer 2020, arXiv:2002.05202, equation 6. */
export function gatedMlp(scope: Scope, { width, hidden, outputDeviation = 0.02 }: GatedMlpConfig): Layer {
  const gate = linear(scope.child('gate_proj'), { from: width, to: hidden });
  const up = linear(scope.child('up_proj'), { from: width, to: hidden });
  const down = linear(scope.child('down_proj'), { from: hidden, to: width, initialise: normal(outputDeviation) });
  return (x) => down(multiply(silu(gate(x)), up(x)));
}
