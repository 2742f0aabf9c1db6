import { describe, expect, test } from 'vitest';
import { GraphError, cast, evaluate, gradients, input, multiply, reduceSum, reference } from '../src/index.js';
import type { Feeds, Value } from '../src/index.js';
import { ops } from '../src/ops/index.js';
import { checkGradient } from '../src/testing/index.js';
import type { GradientCheckOptions, GradientReport } from '../src/testing/index.js';
import { cases, differentiableCases, firstFloat, sourcesOf } from './cases/index.js';
import type { BuiltCase } from './cases/index.js';

/** Checks the first output of float32; inputs that are not differentiated are fed. */
function check(entry: BuiltCase, sources: readonly string[], options: Partial<GradientCheckOptions> = {}): GradientReport {
  const feedsOf = (names: readonly string[]): Feeds => Object.fromEntries(names.map((name) => [name, entry.feeds[name]!]));
  const others = Object.keys(entry.feeds).filter((name) => !sources.includes(name));
  return checkGradient(
    (inputs) => firstFloat([entry.build(entry.values.map((value, i) => inputs[`x${i}`] ?? value))].flat())!,
    feedsOf(sources),
    {
      seed: 7,
      feeds: feedsOf(others),
      ...(entry.order === 1 ? { order: 1, step: 1e-7 } : { order: 2 }),
      ...options, // beside a kink the error is of the step's size
    },
  );
}

describe('gradients agree with central differences', () => {
  test.each(differentiableCases)('$title', (entry) => {
    const { passed, largestError } = check(entry, sourcesOf(entry));
    expect(passed).toBeGreaterThanOrEqual(sourcesOf(entry).length * (entry.order === 1 ? 1 : 2));
    expect(largestError).toBeLessThan(1e-6);
  });
});

describe('a gradient that is 1.01 times too large is caught, whichever input it belongs to', () => {
  const inflated = (loss: Value, sources: readonly Value[]): readonly Value[] =>
    gradients(loss, sources).map((gradient) => multiply(gradient, 1.01));
  test.each(differentiableCases.flatMap((entry) => sourcesOf(entry).map((source) => ({ entry, source, title: `${entry.title}, ${source}` }))))(
    '$title',
    ({ entry, source }) => {
      expect(() => check(entry, [source], { order: 1, differentiate: inflated })).toThrow(
        /by central difference; got .* relative error 9\.9e-3|relative error 1\.0e-2/,
      );
    },
  );
});

describe('operations without a gradient', () => {
  const without = Object.entries(ops).filter(([, { gradient }]) => typeof gradient === 'object').map(([op]) => op);
  test('are those whose output steps, and products by blocks', () => {
    expect(without).toEqual(['sign', 'floor', 'equal', 'less', 'lessOrEqual', 'and', 'or', 'not', 'blockMatMul', 'argMax']);
  });

  test.each(
    cases.filter(({ op, outputs, values }) => without.includes(op) && outputs[0]!.type === 'float32' && values[0]!.type === 'float32'),
  )('$title throws', ({ op, outputs, values }) => {
    expect(() => gradients(reduceSum(outputs[0]!), [values[0]!])).toThrow(
      new GraphError({ where: `gradient of ${op}`, expected: 'a differentiable operation', got: op === 'blockMatMul' ? 'blocks are for running a model, not for training it' : 'piecewise constant' }),
    );
  });

  test.each(
    cases.filter(({ op, outputs, values }) => without.includes(op) && outputs[0]!.type !== 'float32' && values[0]!.type === 'float32'),
  )('$title counts as constant', ({ outputs, values, feeds }) => {
    const other = input('other', []);
    const loss = multiply(reduceSum(cast(outputs[0]!, 'float32')), other);
    const [gradient, known] = gradients(loss, [values[0]!, other]);
    const numbers = { ...feeds, other: reference([], [3]) };
    const [zeros, total] = evaluate([gradient!, known!], numbers);
    expect(zeros).toEqual(reference(values[0]!.shape.map(Number), new Array<number>(zeros!.data.length).fill(0)));
    expect(total!.data[0]).toBe(evaluate([loss], numbers)[0]!.data[0]! / 3);
  });
});
