import { expect, test } from 'vitest';
import { resultOf } from './result-of.js';

async function* counting(to: number): AsyncGenerator<number, string, void> {
  for (let i = 0; i < to; i++) yield i;
  return `${to} in all`;
}

test('gives what a run returns, and shows every event before it in order', async () => {
  const seen: number[] = [];
  expect(await resultOf(counting(3), (event) => void seen.push(event))).toBe('3 in all');
  expect(seen).toEqual([0, 1, 2]);
  expect(await resultOf(counting(0))).toBe('0 in all');
});
