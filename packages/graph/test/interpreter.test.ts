import { describe, expect, test } from 'vitest';
import { nodesInOrder } from '../src/index.js';
import type { OpTable } from '../src/ops/definition.js';
import { ops } from '../src/ops/index.js';
import { relativeDifference } from '../src/testing/index.js';
import { cases, evaluateCase, opNames } from './cases/index.js';

describe('the interpreter agrees with results found in another way', () => {
  test.each(cases.filter(({ expected }) => expected !== undefined))('$title', (entry) => {
    const results = evaluateCase(entry);
    expect(results).toHaveLength(entry.expected!.length);
    results.forEach((result, i) => { expect(relativeDifference(result, entry.expected![i]!)).toBeLessThan(1e-12); });
  });

  test.each(opNames)('%s has a case with a result that is known', (op) => {
    const own = cases.filter((entry) => entry.op === op && entry.expected !== undefined);
    expect(own).not.toHaveLength(0);
  });

  test('a case uses the operation that it stands under', () => {
    const strangers = cases.filter(({ op, outputs }) => !nodesInOrder(outputs).some((node) => node.op === op)).map(({ title }) => title);
    expect(strangers).toEqual([]);
  });
});

test('a table that lacks an operation does not compile', () => {
  const { add: _left, ...others } = ops;
  // @ts-expect-error the type checker has to object
  const incomplete: OpTable = others;
  expect(Object.keys(incomplete)).toHaveLength(opNames.length - 1);
});
