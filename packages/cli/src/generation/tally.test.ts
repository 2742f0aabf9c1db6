import type { GenerationEvent } from '@palimpsest/backbone';
import { expect, test } from 'vitest';
import { openTally } from './tally.js';
import { usageText } from './usage-text.js';

const commit = (positions: readonly number[], ids: readonly number[], pass: number): GenerationEvent =>
  ({ type: 'tokens-commit', positions: Int32Array.from(positions), ids: Int32Array.from(ids), confidence: new Float32Array(positions.length), pass });

test('a tally counts what stands: not what fills a row, not what was taken back', () => {
  let milliseconds = 100;
  const tally = openTally(() => milliseconds, { size: 20, end: 1, pad: 2 });
  tally.count(commit([5, 9, 10], [7, 1, 2], 1));
  tally.count(commit([6, 7], [8, 8], 2));
  tally.count({ type: 'tokens-revoke', positions: Int32Array.of(6), pass: 3 });
  milliseconds += 500;
  expect(tally.text()).toBe('2 tokens · 3 passes · 4 tokens/s · 500 ms');
});

test('what a generation cost, in a line', () => {
  const usage = { promptTokens: 5, generatedTokens: 58, forwardPasses: 29, positionsComputed: 12_345, milliseconds: 400, millisecondsToFirstToken: 12.5, millisecondsInModel: 390, stateBytes: 412_000 };
  expect(usageText({ usage, reason: 'length' })).toBe('58 tokens in 400 ms · 145 tokens/s · 29 passes, 2 tokens per pass · first token 12.5 ms · 12.3 k positions · state 412 kB · all tokens written');
  expect(usageText({ usage: { ...usage, generatedTokens: 0, forwardPasses: 0 }, reason: 'aborted' })).toContain('0 passes, 0 tokens per pass');
});
