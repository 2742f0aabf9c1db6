import { describe, expect, test } from 'vitest';
import { writeOnnx } from '../src/index.js';
import { relativeDifference } from '../src/testing/index.js';
import { cases, evaluateCase } from './cases/index.js';
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
