import { add, cast, constant, cumulativeSum, gatherElements, input, lessOrEqual, minimum, multiply, pad, reduceMax, reduceSum, reshape, scatterElements, slice, softmax, subtract } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';

/** Tokens of a group: the vocabulary is searched in two levels, which leaves sums over groups and over one group in place of one over all. */
const groupSize = 64;

/** The largest float32 below 1: as a factor it makes any positive number smaller. */
const belowOne = 1 - 2 ** -24;

/**
 * What tokens are drawn by, from logits [rows, vocabulary]: softmax(logits / temperature) without the banned tokens.
 *
 * Inputs: `inverseTemperatures` [rows, 1], `banned` int64 [banned].
 */
export function drawWeights(logits: Value): Value {
  const [rows, vocabulary] = logits.shape;
  const banned = input('banned', ['banned'], 'int64');
  const infinities = add(multiply(cast(banned, 'float32'), 0), -Infinity);
  const scaled = multiply(logits, input('inverseTemperatures', [rows!, 1]));
  return softmax(add(scaled, scatterElements(infinities, banned, 0, vocabulary as number))); // a model's vocabulary is no name
}

/**
 * A token for each row of logits [rows, vocabulary] by its `drawWeights`: int64 [rows, 1]. A row in which nothing can be drawn, or that is no
 * distribution, gives an id all the same.
 *
 * Inputs: those of `drawWeights`, and `uniforms` [rows, 1] from 0 to below 1.
 */
export const drawnTokens = (logits: Value): Value => invertCumulative(drawWeights(logits), input('uniforms', [logits.shape[0]!, 1]));

/**
 * The first entry of each row of weights [rows, size] whose cumulative sum exceeds `uniforms` [rows, 1] times the row's total: int64
 * [rows, 1]. Such an entry adds something to the sum, so it is never one of weight 0, nor one of the zeros that fill the last group.
 */
export function invertCumulative(weights: Value, uniforms: Value): Value {
  const rows = weights.shape[0]!;
  const groups = inGroups(weights);
  const sums = sumsUpToGroups(groups);
  const threshold = multiply(last(sums), minimum(uniforms, belowOne)); // below the total, whatever is rounded
  const passed = cast(lessOrEqual(sums, threshold), 'float32');
  const group = countOf(passed);
  const before = reduceMax(multiply(passed, sums), { axes: [-1], keepDimensions: true });

  const everywhere = add(reshape(group, [rows, 1, 1]), constant([1, 1, groupSize], new Array<number>(groupSize).fill(0), 'int64'));
  const within = cumulativeSum(reshape(gatherElements(groups, everywhere, 1), [rows, groupSize]), 1);
  const rest = minimum(subtract(threshold, before), multiply(last(within), belowOne)); // two sums of one group may differ by a rounding
  return add(multiply(group, groupSize), countOf(cast(lessOrEqual(within, rest), 'float32')));
}

/** The sum of each row [rows, size], as [rows, 1]. One sum over all would round by where a row lies in memory, and so by its company. */
export const rowSums = (x: Value): Value => last(sumsUpToGroups(inGroups(x)));

/** For each group the sum of it and all before it: [rows, groups]. */
const sumsUpToGroups = (groups: Value): Value => cumulativeSum(reduceSum(groups, { axes: [-1] }), 1);

/** Rows [rows, size] cut into groups, as [rows, groups, groupSize], with zeros behind. */
function inGroups(x: Value): Value {
  const size = x.shape[1] as number; // as above
  const count = Math.ceil(size / groupSize);
  return reshape(pad(x, 1, 0, count * groupSize - size), [x.shape[0]!, count, groupSize]);
}

/** The last column of [rows, size], as [rows, 1]. */
const last = (x: Value): Value => slice(x, 1, (x.shape[1] as number) - 1);

/** How many of each row [rows, size] are 1: int64 [rows, 1]. */
const countOf = (marks: Value): Value => cast(reduceSum(marks, { axes: [-1], keepDimensions: true }), 'int64');
