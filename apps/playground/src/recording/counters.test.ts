import { expect, test } from 'vitest';
import type { RunEvent } from '../protocol/event.js';
import { count, plainText } from './counters.js';
import { latest, noRecording, record } from './recording.js';
import { meterAt, start, usage } from '../../test/runs.js';

const commit = (positions: readonly number[], ids: readonly number[], confidence: readonly number[], pass: number, at: number): RunEvent => ({
  type: 'tokens-commit', positions, ids, confidence, pass, at, meter: meterAt(pass), texts: positions.map((position, index) => [position, ` w${ids[index]}`]),
});
const events: readonly RunEvent[] = [
  start(['', 'Once'], { start: 2, end: 8 }),
  commit([3, 6], [5, 9], [0.5, 0.1], 1, 20), // 9 ends the answer at position 6
  commit([2, 7], [4, 8], [0.9, 0.2], 2, 50),
  commit([5], [3], [0.7], 3, 80),
];

test('counts what was written before the end token', () => {
  expect(count(latest(record(noRecording, events)), 100)).toEqual({
    tokens: 3,
    milliseconds: 100,
    tokensPerSecond: 30,
    forwardPasses: 3,
    tokensPerPass: 1,
    millisecondsToFirstToken: 20,
    positionsComputed: 30,
    stateBytes: 12,
    confidence: expect.closeTo(0.7, 12),
  });
});

test('rates without a denominator are absent', () => {
  const rates = count(latest(record(noRecording, events.slice(0, 1))), 0);
  expect(rates).toMatchObject({ tokens: 0, tokensPerSecond: undefined, tokensPerPass: undefined, millisecondsToFirstToken: undefined, confidence: undefined });
});

test('the usage of a finished run has the last word', () => {
  const finished = record(noRecording, [...events, { type: 'finish', reason: 'end-token', usage, at: 251, meter: meterAt(3) }]);
  expect(count(latest(finished), 9999)).toMatchObject({
    tokens: 5, milliseconds: 250, tokensPerSecond: 20, forwardPasses: 7, tokensPerPass: 5 / 7, millisecondsToFirstToken: 11, positionsComputed: 77, stateBytes: 640,
  });
});

test('the text stops at the end token and shows gaps', () => {
  expect(plainText(latest(record(noRecording, events)))).toBe('Once w4 w5_ w3');
});
