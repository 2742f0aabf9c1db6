import { constant, input } from '../build.js';
import { GraphError } from '../error.js';
import { add, multiply, reduceSum } from '../expressions.js';
import { gradients } from '../gradients.js';
import { evaluate } from '../interpreter/evaluate.js';
import type { Feeds } from '../interpreter/evaluate.js';
import { concreteShape, elementCount } from '../shape.js';
import { leavesOf } from '../traverse.js';
import type { Value } from '../value.js';
import { uniforms } from './random.js';

export interface GradientCheckOptions {
  /** Directions, and the weights that make a scalar of the output, depend on it alone. */
  readonly seed: number;
  /** Numbers for further leaves, which are not differentiated. */
  readonly feeds?: Feeds;
  /** Random directions tried for each source. */
  readonly directions?: number;
  /** 2 also checks the gradient of the gradient. */
  readonly order?: 1 | 2;
  /** Length of the central difference's step, in units of the source. */
  readonly step?: number;
  /** Largest relative difference between the two derivatives along a direction. */
  readonly relative?: number;
  /** Where both derivatives are below this, a difference is noise: the direction is excused, which is not a pass. */
  readonly absolute?: number;
  /** What is checked, in place of `gradients`. */
  readonly differentiate?: (loss: Value, sources: readonly Value[]) => readonly Value[];
}

/** How many directions agreed, how many were excused, and the largest relative difference among those that agreed. */
export interface GradientReport {
  readonly passed: number;
  readonly excused: number;
  readonly largestError: number;
}

interface Source {
  readonly name: string;
  readonly value: Value;
}

const weights = (shape: readonly number[], next: () => number): Value =>
  constant(shape, Float64Array.from({ length: elementCount(shape) }, () => (next() < 0.5 ? -1 : 1) * (0.5 + next())));

/** Σ (w y + v y²): the weights w and v tell the elements apart, and the square gives a linear function a second derivative. */
function weigh(y: Value, next: () => number): Value {
  const shape = concreteShape('checkGradient', y.shape);
  return reduceSum(multiply(y, add(weights(shape, next), multiply(weights(shape, next), y))));
}

/** The leaves that `point` has numbers for. */
function sourcesOf(loss: Value, point: Feeds): readonly Source[] {
  const leaves = leavesOf([loss]);
  return Object.keys(point).map((name) => {
    const [value, ...others] = leaves.filter(({ origin, type }) => 'name' in origin && origin.name === name && type === 'float32');
    if (value !== undefined && others.length === 0) return { name, value };
    throw new GraphError({
      where: `checkGradient: ${name}`,
      expected: 'one float32 leaf of this name that the output depends on',
      got: `${value === undefined ? 0 : 1 + others.length}`,
      hint: 'Numbers that are not differentiated go to the option feeds.',
    });
  });
}

interface Comparison {
  readonly where: string;
  readonly analytic: number;
  readonly numeric: number;
}

/** The derivatives of a scalar along random directions of each source, by `differentiate` and by central difference. */
function compare(
  loss: Value,
  gradient: readonly Value[],
  sources: readonly Source[],
  feeds: Feeds,
  next: () => number,
  { directions, step }: Resolved,
): readonly Comparison[] {
  const known = evaluate(gradient, feeds);
  return sources.flatMap(({ name }, i) => Array.from({ length: directions }, () => {
    const { shape, data } = feeds[name]!;
    const direction = data.map(() => 2 * next() - 1);
    const along = (distance: number): number =>
      evaluate([loss], { ...feeds, [name]: { shape, data: data.map((value, k) => value + distance * direction[k]!) } })[0]!.data[0]!;
    return {
      where: name,
      analytic: known[i]!.data.reduce((sum, value, k) => sum + value * direction[k]!, 0),
      numeric: (along(step) - along(-step)) / (2 * step),
    };
  }));
}

function judge(comparisons: readonly Comparison[], { relative, absolute }: Resolved): GradientReport {
  let [excused, largestError] = [0, 0];
  const passed = new Map<string, number>(comparisons.map(({ where }) => [where, 0]));
  for (const { where, analytic, numeric } of comparisons) {
    const size = Math.max(Math.abs(analytic), Math.abs(numeric));
    const error = Math.abs(analytic - numeric) / size;
    if (error <= relative) {
      passed.set(where, passed.get(where)! + 1);
      largestError = Math.max(largestError, error);
    } else if (size <= absolute) {
      excused++;
    } else {
      throw new GraphError({
        where: `checkGradient: ${where}`,
        expected: `${numeric}, by central difference`,
        got: `${analytic}, relative error ${error.toExponential(1)}`,
      });
    }
  }
  for (const [where, count] of passed) {
    if (count === 0) {
      throw new GraphError({
        where: `checkGradient: ${where}`,
        expected: 'a derivative that is not zero',
        got: 'only zeros',
        hint: 'Choose another point, or leave this source out.',
      });
    }
  }
  return { passed: [...passed.values()].reduce((sum, count) => sum + count, 0), excused, largestError };
}

type Resolved = Required<Omit<GradientCheckOptions, 'feeds'>>;

/**
 * Checks the gradients of a function in double precision at one point: along random directions of each source, the
 * derivative that the graph gives against the central difference. `build` gets an input for every entry of `point` and
 * may as well read inputs and parameters of those names that it makes itself, as layers do.
 * @throws GraphError where the two differ, or where nothing but zeros was compared.
 */
export function checkGradient<P extends Feeds>(
  build: (inputs: { readonly [name in keyof P]: Value }) => Value, point: P, { feeds = {}, ...options }: GradientCheckOptions,
): GradientReport {
  const resolved: Resolved = { directions: 2, order: 1, step: 1e-5, relative: 1e-6, absolute: 1e-8, differentiate: gradients, ...options };
  const next = uniforms(resolved.seed);
  const inputs = Object.fromEntries(Object.entries(point).map(([name, { shape }]) => [name, input(name, shape)])) as {
    readonly [name in keyof P]: Value;
  };
  const loss = weigh(build(inputs), next);
  const sources = sourcesOf(loss, point);
  const values = sources.map(({ value }) => value);
  const all = { ...feeds, ...point };
  const first = resolved.differentiate(loss, values);
  const comparisons = [...compare(loss, first, sources, all, next, resolved)];
  if (resolved.order === 2) {
    const slope = first.map((gradient) => weigh(gradient, next)).reduce((sum, term) => add(sum, term));
    const second = compare(slope, resolved.differentiate(slope, values), sources, all, next, resolved);
    comparisons.push(...second.map((comparison) => ({ ...comparison, where: `${comparison.where}, second derivative` })));
  }
  return judge(comparisons, resolved);
}
