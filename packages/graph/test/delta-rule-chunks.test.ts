import { expect, test } from 'vitest';
import { add, deltaRule, gradients, evaluate, input, multiply, reduceSum, reference } from '../src/index.js';
import type { Reference, Value } from '../src/index.js';
import { randomReference, relativeDifference } from '../src/testing/index.js';

const [batch, heads, size, valueSize] = [2, 3, 4, 5];
const widths = { query: heads * size, key: heads * size, value: heads * valueSize, decay: heads, rate: heads };
type Name = keyof typeof widths;

/** A weighed sum of outputs and last state, so that every number counts on its own. */
function lossOf(operands: Readonly<Record<Name, Value>>, past: Value, length: number): Value {
  const { output, state } = deltaRule({ ...operands, past, heads });
  return add(reduceSum(multiply(output, input('of output', [batch, length, heads * valueSize]))), reduceSum(multiply(state, input('of state', [batch, heads, size, valueSize]))));
}

test.each([[1, 37], [2, 16], [3, 50]])('seed %d, %d tokens, over the edges of chunks: the gradients are the differences of the rule itself', (seed, length) => {
  const entries = Object.entries(widths) as [Name, number][];
  const shapes = Object.fromEntries(entries.map(([name, width]) => [name, [batch, length, width]])) as Record<Name, number[]>;
  const range = { query: [-1, 1], key: [-0.7, 0.7], value: [-1, 1], decay: [-0.3, 0], rate: [0, 1] } as const;
  const feeds: Record<string, Reference> = Object.fromEntries(entries.map(([name], i) => [name, randomReference(shapes[name], 10 * seed + i, { from: range[name][0], to: range[name][1] })]));
  feeds['past'] = randomReference([batch, heads, size, valueSize], 10 * seed + 6);
  feeds['of output'] = randomReference([batch, length, heads * valueSize], 10 * seed + 7);
  feeds['of state'] = randomReference([batch, heads, size, valueSize], 10 * seed + 8);
  const operands = Object.fromEntries(entries.map(([name]) => [name, input(name, shapes[name])])) as Record<Name, Value>;
  const past = input('past', [batch, heads, size, valueSize]);
  const loss = lossOf(operands, past, length);
  const sources = [...Object.values(operands), past];
  const found = evaluate(gradients(loss, sources), feeds);
  for (const [i, name] of [...entries.map(([each]) => each), 'past'].entries()) {
    const direction = randomReference(feeds[name]!.shape, 100 * seed + i);
    const at = (step: number): number => evaluate([loss], { ...feeds, [name]: reference(direction.shape, feeds[name]!.data.map((x, j) => x + step * direction.data[j]!)) })[0]!.data[0]!;
    const slope = (at(1e-5) - at(-1e-5)) / 2e-5;
    const along = found[i]!.data.reduce((sum, x, j) => sum + x * direction.data[j]!, 0);
    expect(Math.abs(along - slope) / Math.abs(slope)).toBeLessThan(1e-6);
  }
  expect(relativeDifference(found[0]!, found[1]!)).toBeGreaterThan(0.1); // of queries and keys
});
