import { evaluate, input, linearAttention, reference } from '@palimpsest/graph';
import type { Reference, Value } from '@palimpsest/graph';
import { randomReference, relativeDifference } from '@palimpsest/graph/testing';
import { causal } from '@palimpsest/backbone';
import { openScope, sharedValues } from '@palimpsest/layers';
import type { StateDeclaration } from '@palimpsest/layers';
import { expect, test } from 'vitest';
import { attendWithRecent, laggingState } from './recent.js';
import type { Heads } from './recent.js';

const sizes: readonly Heads[] = [{ heads: 3, groups: 1, size: 5, valueSize: 4 }, { heads: 6, groups: 2, size: 3, valueSize: 7 }, { heads: 3, groups: 3, size: 2, valueSize: 5 }];
const [batch, rows] = [2, 7];

/** Token `at` of [batch, length, width]. */
const tokenOf = ({ shape: [, length, width], data }: Reference, at: number): Reference =>
  reference([batch, 1, width!], Array.from({ length: batch }, (_, b) => [...data.subarray((b * length! + at) * width!, (b * length! + at + 1) * width!)]).flat());

test.each(sizes)('$heads heads in $groups groups: tokens one by one beside a lagging state, and the state after a fold, are the recurrence', (each) => {
  const { heads, groups, size, valueSize } = each;
  const widths = { query: groups * size, key: groups * size, value: heads * valueSize, decay: heads };
  for (const [seed, length] of [[1, 1], [2, 5], [3, rows]] as const) {
    const operands = Object.fromEntries(Object.entries(widths).map(([name, width], i) =>
      [name, randomReference([batch, length, width], 10 * seed + i, name === 'decay' ? { from: -2, to: 0 } : undefined)])) as Record<keyof typeof widths, Reference>;
    const past = randomReference([batch, heads, size, valueSize], 10 * seed + 9);
    const inputs = (count: number): Record<keyof typeof widths, Value> =>
      ({ query: input('query', [batch, count, widths.query]), key: input('key', [batch, count, widths.key]), value: input('value', [batch, count, widths.value]), decay: input('decay', [batch, count, heads]) });
    const twin = linearAttention({ ...inputs(length), past: input('state', past.shape), queryHeads: groups, heads });
    const [outputs, last] = evaluate([twin.output, twin.state], { ...operands, state: past }) as [Reference, Reference];

    const carried = laggingState(openScope().scope, 'state', each);
    const { key, value, decay } = carried.recent;
    const held = new Map<StateDeclaration, Reference>([key, value, decay].map((state) => [state, reference([batch, state.shape[0]!, rows, state.shape[1]!], new Float64Array(batch * state.shape[0]! * rows * state.shape[1]!))]));
    const read = (state: StateDeclaration): Value => input(state.name, state.growth === 'fixed' ? past.shape : held.get(state)!.shape);
    const kept = new Map<StateDeclaration, Value>();
    const context = { batch, length: 1, maximumLength: 40, visibility: causal, positions: input('positions', [batch, 1], 'int64'), shared: sharedValues(), keep: (state: StateDeclaration, row: Value) => void kept.set(state, row) };
    const prefix = { lengths: input('lengths', [batch], 'int64'), positions: input('rows', [1], 'int64'), read, recent: rows };
    const y = attendWithRecent(inputs(1), carried, context, prefix);
    const states = (): Record<string, Reference> => Object.fromEntries([['state', past] as const, ...[...held].map(([{ name }, rowsOf]) => [name, rowsOf] as const)]);
    for (let t = 0; t < length; t++) {
      const token = Object.fromEntries(Object.entries(operands).map(([name, all]) => [name, tokenOf(all, t)]));
      const [got, ...left] = evaluate([y, ...kept.values()], { ...token, ...states() });
      expect(relativeDifference(got!, tokenOf(outputs, t))).toBeLessThan(1e-12);
      for (const [index, state] of [...kept.keys()].entries()) {
        const [count, width] = state.shape as [number, number];
        for (let head = 0; head < batch * count; head++) held.get(state)!.data.set(left[index]!.data.subarray(head * width, (head + 1) * width), (head * rows + t) * width);
      }
    }
    const [folded] = evaluate([carried.state.fold!(read, { batch, recent: rows })], states());
    expect(relativeDifference(folded!, last)).toBeLessThan(1e-12);
    held.get(decay)!.data[0]! += 0.01; // a check that would not see this would see nothing
    const [other] = evaluate([carried.state.fold!(read, { batch, recent: rows })], states());
    expect(relativeDifference(other!, last)).toBeGreaterThan(1e-7);
  }
});
