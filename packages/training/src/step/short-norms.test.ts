import { add, evaluate, gradients, input, multiply, nodesInOrder, parameter, reduceSum, reference, reshape, rmsNormalization } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import { randomReference, relativeDifference } from '@palimpsest/graph/testing';
import { expect, test } from 'vitest';
import { writeOutShortNorms } from './short-norms.js';

/** A norm of heads of 5 behind one of rows of 70, with the gradients of what they read. */
function graph(): Readonly<Record<string, Value>> {
  const [x, wide, narrow] = [input('x', [2, 3, 70]), parameter('wide', [70]), parameter('narrow', [5])];
  const heads = rmsNormalization(reshape(rmsNormalization(x, wide, 0.02), [2, 3, 14, 5]), narrow, 0.3);
  const loss = reduceSum(multiply(heads, add(heads, input('other', [2, 3, 14, 5]))));
  const [ofX, ofWide, ofNarrow] = gradients(loss, [x, wide, narrow]);
  return { heads, loss, ofX: ofX!, ofWide: ofWide!, ofNarrow: ofNarrow! };
}

test('norms of short rows become the operators of their gradients, longer ones stay, and every output stays what it was', () => {
  const [before, after] = [graph(), writeOutShortNorms(graph())];
  const norms = (outputs: Readonly<Record<string, Value>>): readonly unknown[] => nodesInOrder(Object.values(outputs)).flatMap(({ op, inputs }) => (op === 'rmsNormalization' ? [inputs[0]!.shape] : []));
  expect([norms(before), norms(after)]).toEqual([[[2, 3, 70], [2, 3, 14, 5]], [[2, 3, 70]]]);
  expect(Object.entries(after).map(([name, { shape }]) => [name, shape])).toEqual(Object.entries(before).map(([name, { shape }]) => [name, shape]));
  for (const seed of [1, 2]) {
    const feeds = { x: randomReference([2, 3, 70], seed), wide: randomReference([70], seed + 10), narrow: randomReference([5], seed + 20), other: randomReference([2, 3, 14, 5], seed + 30) };
    const [expected, came] = [evaluate(Object.values(before), feeds), evaluate(Object.values(after), feeds)];
    came.forEach((output, i) => { expect(relativeDifference(output, expected[i]!)).toBeLessThan(1e-14); });
    const wrong = evaluate(Object.values(before), { ...feeds, narrow: reference([5], feeds.narrow.data.map((value) => value * 1.0001)) });
    expect(relativeDifference(came[0]!, wrong[0]!)).toBeGreaterThan(1e-5);
  }
});
