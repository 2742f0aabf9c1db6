import { readFileSync } from 'node:fs';
import { blockCausal } from '@palimpsest/backbone';
import { constant, evaluate } from '@palimpsest/graph';
import { maskAmongTokens, sharedValues } from '@palimpsest/layers';
import type { LayerContext } from '@palimpsest/layers';
import { expect, test } from 'vitest';

interface RecordedMask {
  readonly length: number;
  readonly block_size: number;
  /** One text of 0 and 1 to a query: of noisy tokens first, then of clean ones, and so its keys. */
  readonly sees: readonly string[];
}

/** Which keys each query sees, of noisy and clean copies of a text of `length` tokens. */
function seen(length: number, blockSize: number, batch = 1): readonly string[] {
  const columns = 2 * length;
  const context: LayerContext = {
    batch, length: columns, positions: constant([batch, columns], Array.from({ length: batch * columns }, (_, i) => i % length), 'int64'),
    maximumLength: 40, visibility: blockCausal(blockSize), noisyLength: length, keep: () => undefined, shared: sharedValues(),
  };
  const [mask] = evaluate([maskAmongTokens(context)!], {});
  expect(mask!.shape).toEqual([batch, 1, columns, columns]);
  const rows = Array.from({ length: batch * columns }, (_, row) => [...mask!.data.subarray(row * columns, (row + 1) * columns)]);
  for (const row of rows) for (const score of row) expect(score === 0 || score < -1e8).toBe(true);
  return rows.map((row) => row.map((score) => Number(score === 0)).join(''));
}

test('who sees whom of noisy and clean copies is as published', () => {
  const recorded = JSON.parse(readFileSync(new URL('../../../tools/oracle/fixtures/bd3lm/masks.json', import.meta.url), 'utf8')) as readonly RecordedMask[];
  expect(recorded.length).toBeGreaterThan(2);
  for (const { length, block_size: blockSize, sees } of recorded) expect(seen(length, blockSize)).toEqual(sees);
});

test('for every row of a batch alike', () => {
  const one = seen(9, 3);
  expect(seen(9, 3, 2)).toEqual([...one, ...one]);
});
