import { expect, test } from 'vitest';
import type { HeadRequest, PassRequest } from './engine.js';
import { headFeeds, openStepFeeds, passFeeds } from './pass-feeds.js';
import type { HostTensor } from './session.js';

const pass = (token: number, length: number, head: HeadRequest): PassRequest => ({ contexts: [4], lengths: [length], starts: [length], shifts: [length % 3], tokens: Int32Array.of(token), append: [0], heads: [head] });
const rows = Int32Array.of(0);
const top: HeadRequest = { reduction: 'top 1', rows };
const targets = (target: number): HeadRequest => ({ reduction: 'targets', rows, targets: Int32Array.of(target) });
const draw = (uniform: number, banned: readonly number[]): HeadRequest => ({ reduction: 'draw', rows, draws: { temperatures: [0.5], topPs: [1], uniforms: [uniform], banned } });
const states = (value: number): Readonly<Record<string, HostTensor>> => ({ keys: { type: 'float32', shape: [1, 1, 1], data: Float32Array.of(value) } });

test('a step is fed what any pass of one token is, whatever the steps before it were', () => {
  const feed = openStepFeeds();
  const [short, long] = [states(0.5), states(1.5)];
  const steps = [[7, 3, top, short], [0, 4, targets(5), short], [9, 5, draw(0.25, [2, 1]), short], [3, 6, draw(0.5, [2, 1]), short], [8, 6, draw(0.75, [2]), long], [4, 7, draw(0.125, []), long], [1, 5, targets(6), short], [2, 6, top, long]] as const;
  for (const [token, length, head, carried] of steps) {
    const fed = feed(pass(token, length, head), carried, head);
    const { rows: _, ...expected } = { ...passFeeds(pass(token, length, head), [0], head.rows), ...carried, ...headFeeds(head) };
    expect(Object.fromEntries(Object.keys(expected).map((name) => [name, fed[name]]))).toEqual(expected);
  }
});

test('the same tensors are fed at every step, so that they are wrapped once', () => {
  const feed = openStepFeeds();
  const carried = states(2);
  const first = feed(pass(7, 3, top), carried, top);
  const { tokens, positions, keys } = first;
  const second = feed(pass(8, 4, top), carried, top);
  expect(second).toBe(first);
  expect([second['tokens'], second['positions'], second['keys']]).toEqual([tokens, positions, keys]);
  expect(second['tokens']).toBe(tokens);
});
