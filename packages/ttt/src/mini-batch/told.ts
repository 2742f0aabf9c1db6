import { add, divide, matMul, maximum, multiply, reduceSum, sqrt, subtract } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import type { InnerModel } from '../inner-model/inner-model.js';
import { halfSquare } from '../reconstruction.js';

/** What is told of each mini-batch of each row and head, [turns, batch, heads, 1, 1]. */
export interface Told {
  /** Inner loss, a mean over the tokens of the mini-batch that the pass has, with the weights at its start. */
  readonly lossBefore: Value;
  /** The same with the weights that have learnt from them, as if the mini-batch ended with them. */
  readonly lossAfter: Value;
  /** How many tokens of the mini-batch the pass has, [turns, batch, 1, 1, 1]. */
  readonly tokens: Value;
  /** How far these weights are from where the text began: the root of the sum of squares. */
  readonly moved: Value;
}

interface Lesson {
  readonly weights: readonly Value[];
  readonly learnt: readonly Value[]; // weights
  readonly initial: readonly Value[];
  readonly key: Value;
  readonly isToken: Value; // [batch, 1, tokens, 1]
  readonly error: (said: Value) => Value;
}

const squares = (x: Value, axes: readonly number[]): Value => reduceSum(multiply(x, x), { axes, keepDimensions: true });

/** What one turn tells, in the order of `Told`, [batch, heads, 1, 1] each, of the tokens [batch, 1, 1, 1]. */
export function tell({ say }: InnerModel, { weights, learnt, initial, key, isToken, error }: Lesson): readonly Value[] {
  const tokens = reduceSum(isToken, { axes: [2], keepDimensions: true });
  const loss = (by: readonly Value[]): Value => {
    const each = multiply(halfSquare(error(say(key, by.map((weight) => (x) => matMul(x, weight))))), isToken);
    return divide(reduceSum(each, { axes: [2], keepDimensions: true }), maximum(tokens, 1));
  };
  const moved = learnt.map((weight, map) => squares(subtract(weight, initial[map]!), [2, 3])).reduce((sum, square) => add(sum, square));
  return [loss(weights), loss(learnt), tokens, sqrt(moved)];
}
