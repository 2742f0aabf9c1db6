import { add, constant, layerNormalization, multiply, reciprocal, reduceMean, reduceSum, reshape, sqrt, subtract } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import { ones, zeros } from '@palimpsest/layers';
import type { Scope } from '@palimpsest/layers';

/** What the inner model is to say of a token's key, and what becomes of what it says of a query. Heads first: [.., heads, tokens, headSize]. */
export interface Reconstruction {
  /** Numbers that `error` and `slope` read besides, in this order. */
  readonly parameters: readonly Value[];
  readonly target: (key: Value, value: Value) => Value;
  /** How far off what is said is; half its square, summed over the head, is the inner loss. */
  readonly error: (said: Value, target: Value, parameters: readonly Value[]) => Value;
  /** Gradient of the inner loss by what is said. */
  readonly slope: (said: Value, target: Value, parameters: readonly Value[]) => Value;
  readonly answer: (query: Value, said: Value) => Value;
}

export interface HeadSizes {
  readonly heads: number;
  readonly headSize: number;
  readonly epsilon: number;
}

const overHead = { axes: [-1], keepDimensions: true } as const;

/** (x - mean) / σ and 1 / σ over the last axis. */
function normal(x: Value, epsilon: number): { readonly normal: Value; readonly inverse: Value } {
  const centred = subtract(x, reduceMean(x, overHead));
  const inverse = reciprocal(sqrt(add(reduceMean(multiply(centred, centred), overHead), epsilon)));
  return { normal: multiply(centred, inverse), inverse };
}

/**
 * The model, normalised, is to say what the value adds to the key; a query is answered by itself plus what the model says.
 *
 *   loss = ½ |γ norm(f(k)) + β - (v - k)|²        answer = q + γ norm(f(q)) + β
 */
export function normedResidual(scope: Scope, { heads, headSize, epsilon }: HeadSizes): Reconstruction {
  const weight = scope.parameter('ttt_norm_weight', [heads, headSize], { initialise: ones, role: 'vector' });
  const bias = scope.parameter('ttt_norm_bias', [heads, headSize], { initialise: zeros, role: 'vector' });
  const [gamma, beta] = [weight, bias].map((parameter) => reshape(parameter, [heads, 1, headSize])) as [Value, Value];
  const filled = (value: number): Value => constant([headSize], new Float64Array(headSize).fill(value));
  return {
    parameters: [gamma],
    target: (key, value) => subtract(subtract(value, key), beta),
    error: (said, target, [scale]) => subtract(multiply(normal(said, epsilon).normal, scale!), target),
    slope: (said, target, [scale]) => {
      const { normal: hat, inverse } = normal(said, epsilon);
      const slope = multiply(subtract(multiply(hat, scale!), target), scale!);
      return multiply(subtract(subtract(slope, reduceMean(slope, overHead)), multiply(hat, reduceMean(multiply(slope, hat), overHead))), inverse);
    },
    answer: (query, said) => add(query, add(multiply(layerNormalization(said, filled(1), filled(0), epsilon), gamma), beta)),
  };
}

/** The model is to say the value: loss = ½ |f(k) - v|², answer = f(q). With mini-batches of one token that is the delta rule. */
export const plainValues = (): Reconstruction => ({
  parameters: [],
  target: (_, value) => value,
  error: (said, target) => subtract(said, target),
  slope: (said, target) => subtract(said, target),
  answer: (_, said) => said,
});

/** Half the square of an error, a number to a token: [.., tokens, headSize] -> [.., tokens, 1]. */
export const halfSquare = (error: Value): Value => multiply(reduceSum(multiply(error, error), overHead), 0.5);
