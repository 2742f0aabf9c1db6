import { add, divide, matMul, multiply, reduceSum, sqrt, subtract } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import type { Optimiser } from './optimiser.js';

export interface MuonConfig {
  readonly learningRate: number;
  readonly momentum?: number;
  readonly weightDecay?: number;
  readonly iterations?: number;
}

/** Quintic Newton-Schulz coefficients of the published Muon: steep at zero, so that small singular values grow fast. */
const coefficients = [3.4445, -4.775, 2.0315] as const;

/**
 * An approximately orthogonal matrix with the singular vectors of `x` [rows, columns] (Jordan et al. 2024, "Muon").
 *
 *   x ← x / ‖x‖      then, each iteration, with A = x xᵀ:      x ← a x + (b A + c A²) x
 */
function orthogonalise(x: Value, iterations: number): Value {
  const [rows, columns] = x.shape as readonly [number, number];
  const tall = rows > columns; // the Gram matrix is built on the short side
  const [a, b, c] = coefficients;
  let current = divide(x, add(sqrt(reduceSum(multiply(x, x))), 1e-7));
  for (let i = 0; i < iterations; i++) {
    const gram = tall ? matMul(current, current, { transposeLeft: true }) : matMul(current, current, { transposeRight: true });
    const polynomial = add(multiply(gram, b), multiply(matMul(gram, gram), c));
    current = add(multiply(current, a), tall ? matMul(current, polynomial) : matMul(polynomial, current));
  }
  return current;
}

/** Momentum, Nesterov's look-ahead, orthogonalisation, and a step scaled by sqrt(max(1, rows / columns)). For matrices only. */
export function muon({ learningRate, momentum = 0.95, weightDecay = 0, iterations = 5 }: MuonConfig): Optimiser {
  return {
    slots: ['muon.momentum'],
    scalars: () => ({}),
    update: ({ parameter, gradient, slots, factor }) => {
      const [rows, columns] = parameter.shape as readonly [number, number];
      const share = gradient(1 - momentum);
      const average = add(multiply(slots['muon.momentum']!, momentum), share);
      const ahead = add(share, multiply(average, momentum));
      const direction = multiply(orthogonalise(ahead, iterations), Math.sqrt(Math.max(1, rows / columns)));
      const decayed = weightDecay === 0 ? parameter : multiply(parameter, subtract(1, multiply(factor, learningRate * weightDecay)));
      return { parameter: subtract(decayed, multiply(direction, multiply(factor, learningRate))), slots: { 'muon.momentum': average } };
    },
  };
}
