import { add, matMul } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import { normal, zeros } from '../initialiser.js';
import type { Initialiser, ParameterRole, Scope } from '../layer.js';

export interface LinearConfig {
  readonly from: number;
  readonly to: number;
  readonly bias?: boolean;
  /** Normal with deviation 0.02 when absent. */
  readonly initialise?: Initialiser;
  /** `matrix` when absent. */
  readonly role?: ParameterRole;
}

/** x Wᵀ + b, [.., from] -> [.., to]; the weight is stored [to, from] as in published checkpoints. */
export function linear(scope: Scope, { from, to, bias = false, initialise = normal(0.02), role = 'matrix' }: LinearConfig): (x: Value) => Value {
  const weight = scope.parameter('weight', [to, from], { initialise, role });
  const offset = bias ? scope.parameter('bias', [to], { initialise: zeros, role: 'vector' }) : undefined;
  return (x) => {
    const product = matMul(x, weight, { transposeRight: true });
    return offset === undefined ? product : add(product, offset);
  };
}
