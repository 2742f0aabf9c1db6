import { add, divide, multiply, sqrt, subtract } from '@palimpsest/graph';
import type { Optimiser } from './optimiser.js';

export interface AdamWConfig {
  readonly learningRate: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  readonly weightDecay?: number;
}

/**
 * Adam with decoupled weight decay. Loshchilov & Hutter 2017, arXiv:1711.05101, algorithm 2, in the order of PyTorch's AdamW.
 *
 *   m ← β₁ m + (1 - β₁) g      v ← β₂ v + (1 - β₂) g²
 *   w ← w (1 - λ α) - α / (1 - β₁ᵗ) · m / (sqrt(v) / sqrt(1 - β₂ᵗ) + ε)
 */
export function adamW({ learningRate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 }: AdamWConfig): Optimiser {
  return {
    slots: ['adam.first', 'adam.second'],
    scalars: (step) => {
      const root = Math.sqrt(1 - beta2 ** step); // taken out of the fraction: one pass over the parameter less
      return { rate: (learningRate * root) / (1 - beta1 ** step), epsilon: epsilon * root };
    },
    update: ({ parameter, gradient, slots, scalars, factor }) => {
      const share = gradient(1 - beta1);
      const first = add(multiply(slots['adam.first']!, beta1), share);
      const second = add(multiply(slots['adam.second']!, beta2), multiply(multiply(share, share), (1 - beta2) / (1 - beta1) ** 2));
      const step = divide(first, add(sqrt(second), scalars['epsilon']!));
      const decayed = weightDecay === 0 ? parameter : multiply(parameter, subtract(1, multiply(factor, learningRate * weightDecay)));
      return {
        parameter: subtract(decayed, multiply(step, multiply(scalars['rate']!, factor))),
        slots: { 'adam.first': first, 'adam.second': second },
      };
    },
  };
}
