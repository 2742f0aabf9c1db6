import type { StateDeclaration } from '@palimpsest/layers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { recentRows } from './recent-rows.js';
import { openStatePool } from './state-pool.js';

const states: readonly StateDeclaration[] = [
  { name: 'keys', shape: [2, 3], growth: 'per-token' },
  { name: 'values', shape: [1, 5], growth: 'per-token' },
  { name: 'sum', shape: [7], growth: 'fixed' },
  { name: 'latest', shape: [3, 2], growth: 'recent' },
];
const maximumLength = 100;

/** The naive twin: for every context its rows, each a list of numbers, state by state; `latest` holds the rows since the last time that they were forgotten. */
type Twin = Map<number, { rows: number[][][]; sum: number[]; latest: number[][] }>;

type Action = { readonly kind: 'add' | 'remove' | 'copy' | 'append' | 'latest' | 'forget' | 'gather'; readonly pick: number; readonly other: number; readonly length: number };
const action = fc.record<Action>({
  kind: fc.constantFrom('add', 'add', 'append', 'append', 'append', 'latest', 'latest', 'latest', 'forget', 'copy', 'gather', 'remove'), pick: fc.nat(20), other: fc.nat(255), length: fc.integer({ min: 1, max: 30 }),
});

test('contexts keep what was written for them through any history of growing, moving, forking and leaving', () => {
  fc.assert(fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
    const pool = openStatePool(states, maximumLength);
    const twin: Twin = new Map();
    let next = 0;
    let number = 1;
    for (const { kind, pick, other, length } of actions) {
      const names = [...twin.keys()];
      const name = names[pick % names.length];
      if (kind === 'add') {
        pool.add(next);
        twin.set(next++, { rows: states.slice(0, 2).map(() => []), sum: Array(7).fill(0), latest: [] });
      } else if (name === undefined) continue;
      else if (kind === 'remove') {
        pool.remove(name);
        twin.delete(name);
      } else if (kind === 'copy') {
        pool.add(next);
        pool.copy(name, next);
        twin.set(next++, structuredClone(twin.get(name)!));
      } else if (kind === 'append') {
        const own = twin.get(name)!;
        const start = own.rows[0]!.length;
        if (start + length > maximumLength) continue;
        pool.reserve(start + length);
        for (const [index, state] of states.slice(0, 2).entries()) {
          const [heads, size] = state.shape as [number, number];
          const added = Array.from({ length }, () => Array.from({ length: heads * size }, () => number++));
          own.rows[index]!.push(...added);
          const byHead = Array.from({ length: heads }, (_, head) => added.map((row) => row.slice(head * size, (head + 1) * size)));
          pool.append(state, name, start, Float32Array.from(byHead.flat(2)));
        }
        own.sum = own.sum.map(() => number++);
        pool.replace(states[2]!, name, Float32Array.from(own.sum));
      } else if (kind === 'latest') {
        const { latest } = twin.get(name)!;
        expect(pool.recent(name)).toBe(latest.length);
        if (latest.length === recentRows) continue;
        const row = Array.from({ length: 6 }, () => number++);
        pool.append(states[3]!, name, latest.length, Float32Array.from(row));
        pool.addRecent(name);
        latest.push(row);
      } else if (kind === 'forget') {
        pool.forgetRecent(name);
        twin.get(name)!.latest = [];
      } else checkViews(names.filter((_, index) => (other >> index) & 1));
    }
    checkViews([...twin.keys()]);
    for (const name of twin.keys()) checkViews([name]);

    function checkViews(contexts: readonly number[]): void {
      if (contexts.length === 0) return;
      const order = pool.gather(contexts);
      expect([...order].sort()).toEqual([...contexts].sort());
      for (const [index, state] of states.entries()) {
        const view = pool.tensors(order)[state.name]!.data as Float32Array;
        for (const [place, context] of order.entries()) {
          const slot = view.subarray((place * view.length) / order.length, ((place + 1) * view.length) / order.length);
          const own = twin.get(context)!;
          if (state.growth === 'fixed') expect([...slot]).toEqual(own.sum);
          else if (state.growth === 'recent') { // by head, and zeros behind
            const byHead = [0, 1, 2].flatMap((head) => Array.from({ length: recentRows }, (_, t) => own.latest[t]?.slice(2 * head, 2 * head + 2) ?? [0, 0]));
            expect([...slot]).toEqual(byHead.flat());
          } else {
            const [heads, size] = state.shape as [number, number];
            for (const [t, row] of own.rows[index]!.entries()) {
              for (let i = 0; i < heads * size; i++) {
                const at = (Math.floor(i / size) * pool.capacity + t) * size + (i % size);
                if (slot[at] !== row[i]) throw new Error(`${state.name} of ${context}, row ${t}, entry ${i}: ${slot[at]} for ${row[i]}`);
              }
            }
          }
        }
      }
    }
  }), { numRuns: 200, seed: 11 });
});

test('capacity doubles up to the maximum, and an empty pool begins small again', () => {
  const pool = openStatePool(states, maximumLength);
  pool.add(1);
  expect(pool.capacity).toBe(32);
  pool.reserve(33);
  expect(pool.capacity).toBe(64);
  pool.reserve(99);
  expect(pool.capacity).toBe(100);
  pool.remove(1);
  expect(pool.capacity).toBe(32);
});

test('the next context grows in the arrays that the last one left, and its rows survive', () => {
  const keys: StateDeclaration = { name: 'keys', shape: [4, 3], growth: 'per-token' }; // enough heads to run over each other
  const pool = openStatePool([keys], maximumLength);
  const held = (context: number): Float32Array => pool.tensors([context])['keys']!.data as Float32Array;
  pool.add(1);
  pool.reserve(99);
  const { buffer } = held(1);
  pool.remove(1);
  pool.add(2);
  const rows = Float32Array.from({ length: 4 * 32 * 3 }, (_, i) => i + 1); // 32 rows fill the smallest capacity
  pool.append(keys, 2, 0, rows);
  for (const capacity of [32, 64, 100]) {
    pool.reserve(capacity);
    expect(held(2).buffer).toBe(buffer);
    for (const head of [0, 1, 2, 3]) expect(held(2).slice(head * capacity * 3, (head * capacity + 32) * 3)).toEqual(rows.slice(head * 96, (head + 1) * 96));
  }
});

test('arrays beyond 64 MB are given back with the last context', () => {
  const wide: StateDeclaration = { name: 'wide', shape: [1, 2 ** 18], growth: 'per-token' };
  const pool = openStatePool([wide], maximumLength);
  const bytes = (): number => pool.tensors([1])['wide']!.data.buffer.byteLength;
  pool.add(1);
  pool.reserve(65);
  expect(bytes()).toBe(4 * 2 ** 18 * 100);
  pool.remove(1);
  pool.add(1);
  expect(bytes()).toBe(4 * 2 ** 18 * 32);
});

test('contexts that lie side by side are not moved', () => {
  const pool = openStatePool(states, maximumLength);
  for (const context of [4, 5, 6, 7, 8]) pool.add(context);
  expect(pool.gather([7, 6])).toEqual([6, 7]);
  expect(pool.gather([8, 5, 7])).toEqual([5, 8, 7]); // 6, in the middle, makes room for 8 or leaves it to others
});
