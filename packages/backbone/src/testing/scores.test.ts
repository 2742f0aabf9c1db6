import { expect, test } from 'vitest';
import { scoresFromLogits } from './scores.js';

// three rows over a vocabulary of four; row 1 has ties, row 2 a token of probability 0
const probabilities = [[0.1, 0.4, 0.2, 0.3], [0.25, 0.25, 0.25, 0.25], [0.5, 0.125, 0, 0.375]];
const shifts = [7, -900, 900];
const logits = probabilities.flatMap((row, index) => row.map((p) => Math.log(p) + shifts[index]!));
const close = (actual: Float32Array, expected: readonly number[]): void => {
  expect(actual.length).toBe(expected.length);
  for (const [index, value] of expected.entries()) expect(actual[index]).toBeCloseTo(value, 4);
};

test('logits are those of the wanted rows, in the wanted order', () => {
  expect([...scoresFromLogits(logits, 4, { give: 'logits', rows: Int32Array.of(2, 0) }).logits]).toEqual([...Float32Array.from([...logits.slice(8), ...logits.slice(0, 4)])]);
  expect(scoresFromLogits(logits, 4, { give: 'logits' }).logits.length).toBe(12);
  expect(scoresFromLogits(logits, 4, { give: 'logits', rows: Int32Array.of() }).logits.length).toBe(0);
});

test('top gives ids by probability, ties by lower id, with log-probabilities, log-sum-exp and entropy', () => {
  const scores = scoresFromLogits(logits, 4, { give: 'top', top: 3, rows: Int32Array.of(1, 0, 2) });
  expect([...scores.ids]).toEqual([0, 1, 2, 1, 3, 2, 0, 3, 1]);
  close(scores.logProbabilities, [0.25, 0.25, 0.25, 0.4, 0.3, 0.2, 0.5, 0.375, 0.125].map(Math.log));
  close(scores.logSumExp, [-900, 7, 900]);
  const entropy = (row: readonly number[]): number => -row.reduce((sum, p) => sum + (p === 0 ? 0 : p * Math.log(p)), 0);
  close(scores.entropy, [probabilities[1]!, probabilities[0]!, probabilities[2]!].map(entropy));
});

test('targets are read one to a wanted row', () => {
  const scores = scoresFromLogits(logits, 4, { give: 'targets', rows: Int32Array.of(2, 0), targets: Int32Array.of(3, 1) });
  close(scores.logProbabilities, [Math.log(0.375), Math.log(0.4)]);
  expect(scoresFromLogits(logits, 4, { give: 'targets', targets: Int32Array.of(0, 0, 2) }).logProbabilities[2]).toBe(-Infinity);
});
