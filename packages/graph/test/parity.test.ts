import { describe, expect, test } from 'vitest';
import { constant, evaluate, gradients, multiply, reduceSum, writeOnnx } from '../src/index.js';
import type { Value } from '../src/index.js';
import { randomReference, relativeDifference } from '../src/testing/index.js';
import { cases, differentiableCases, evaluateCase, firstFloat, sourcesOf } from './cases/index.js';
import type { BuiltCase } from './cases/index.js';
import { runOnnx } from './onnx-runtime.js';

const named = ({ outputs }: BuiltCase): Readonly<Record<string, BuiltCase['outputs'][number]>> =>
  Object.fromEntries(outputs.map((value, i) => [`y${i}`, value]));

describe.each(['disabled', 'all'] as const)('ONNX Runtime agrees with the interpreter, optimisation %s', (optimization) => {
  test.each(cases)('$title', async (entry) => {
    const types = Object.fromEntries(entry.inputs.map(({ type }, i) => [`x${i}`, type]));
    const results = await runOnnx(writeOnnx({ outputs: named(entry), inputs: entry.values }), entry.feeds, types, optimization);
    evaluateCase(entry).forEach((expected, i) => {
      expect(relativeDifference(results[`y${i}`]!, expected)).toBeLessThanOrEqual(entry.outputs[i]!.type === 'float32' ? 1e-5 : 0);
    });
  });
});

describe('ONNX Runtime agrees on gradients, whatever it fuses', () => {
  test.each(differentiableCases)('$title', async (entry) => {
    const output = firstFloat(entry.outputs)!;
    const weights = randomReference(output.shape.map(Number), 3);
    const sources = sourcesOf(entry).map((name) => entry.values[Object.keys(entry.feeds).indexOf(name)]!);
    const slopes = gradients(reduceSum(multiply(output, constant(weights.shape, weights.data))), sources);
    const outputs: Readonly<Record<string, Value>> = Object.fromEntries(slopes.map((slope, i) => [`slope${i}`, slope]));
    const types = Object.fromEntries(entry.inputs.map(({ type }, i) => [`x${i}`, type]));
    const results = await runOnnx(writeOnnx({ outputs, inputs: entry.values }), entry.feeds, types, 'all');
    evaluate(slopes, entry.feeds).forEach((expected, i) => { expect(relativeDifference(results[`slope${i}`]!, expected)).toBeLessThan(1e-5); });
  });
});
