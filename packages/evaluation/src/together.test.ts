import { expect, test } from 'vitest';
import { mapTogether } from './together.js';

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

test.each([1, 3, 20])('results in the order of the items, never more than %i at a time', async (together) => {
  let running = 0;
  let most = 0;
  const results = await mapTogether([5, 1, 3, 0, 2, 4, 6], together, async (item, index) => {
    most = Math.max(most, ++running);
    await pause(item);
    running--;
    return `${index}:${item}`;
  });
  expect(results).toEqual(['0:5', '1:1', '2:3', '3:0', '4:2', '5:4', '6:6']);
  expect(most).toBe(Math.min(together, 7));
});

test('after a failure nothing new begins, and what runs is waited for', async () => {
  const events: string[] = [];
  const running = mapTogether(['a', 'b', 'c', 'd', 'e'], 2, async (item) => {
    events.push(`${item} begins`);
    await pause(item === 'a' ? 20 : 1);
    if (item === 'b') throw new Error('b fails');
    events.push(`${item} ends`);
  });
  await expect(running).rejects.toThrow('b fails');
  expect(events).toEqual(['a begins', 'b begins', 'a ends']);
});

test('nothing to do', async () => {
  expect(await mapTogether([], 4, async () => 1)).toEqual([]);
});
