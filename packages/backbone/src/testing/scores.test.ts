import { expect, test } from 'vitest';
import type { WantDraw } from '../backbone.js';
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

test('a draw is the first id up to which more than the uniform number lies, in ascending order of ids', () => {
  const want = { give: 'draw', temperature: 1, rows: new Int32Array(9) } as const;
  const uniforms = Float64Array.of(0, 0.09, 0.11, 0.49, 0.51, 0.69, 0.71, 0.99, 1 - 2 ** -53); // 0.1, 0.4, 0.2, 0.3
  const scores = scoresFromLogits(logits, 4, { ...want, uniforms });
  expect([...scores.ids]).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 3]);
  close(scores.logProbabilities, [0.1, 0.1, 0.4, 0.4, 0.2, 0.2, 0.3, 0.3, 0.3].map(Math.log));
  close(scores.entropy, new Array<number>(9).fill(1.27985423)); // -0.1 ln 0.1 - 0.4 ln 0.4 - 0.2 ln 0.2 - 0.3 ln 0.3
});

test('temperature and bans change what is drawn, not the log-probability and the entropy beside it', () => {
  const rows = Int32Array.of(0, 0, 0, 0);
  // squares of the row: 1, 16, 4 and 9 of 30
  const cold = scoresFromLogits(logits, 4, { give: 'draw', temperature: 0.5, rows, uniforms: Float64Array.of(0.03, 0.04, 0.56, 0.71) });
  expect([...cold.ids]).toEqual([0, 1, 1, 3]);
  close(cold.logProbabilities, [0.1, 0.4, 0.4, 0.3].map(Math.log));
  const banned = scoresFromLogits(logits, 4, { give: 'draw', temperature: 1, rows, uniforms: Float64Array.of(0, 0.32, 0.34, 0.99), banned: Int32Array.of(1, 3) });
  expect([...banned.ids]).toEqual([0, 0, 2, 2]);
  close(banned.logProbabilities, [0.1, 0.1, 0.2, 0.2].map(Math.log));
  for (const { entropy } of [cold, banned]) close(entropy, new Array<number>(4).fill(1.27985423));
});

test('top-p leaves the fewest tokens that hold it, after temperature and bans, and ties to the lower ids', () => {
  const drawn = (row: number, want: Partial<WantDraw> & { readonly topP: number }): number[] => {
    const uniforms = Float64Array.from({ length: 20 }, (_, index) => (index + 0.5) / 20);
    return [...scoresFromLogits(logits, 4, { give: 'draw', temperature: 1, ...want, uniforms, rows: new Int32Array(20).fill(row) }).ids];
  };
  const runs = (counts: readonly (readonly [id: number, count: number])[]): number[] => counts.flatMap(([id, count]) => new Array<number>(count).fill(id));
  expect(drawn(0, { topP: 0.39 })).toEqual(runs([[1, 20]]));
  expect(drawn(0, { topP: 0.41 })).toEqual(runs([[1, 11], [3, 9]])); // 4 to 3
  expect(drawn(0, { topP: 0.71 })).toEqual(runs([[1, 9], [2, 4], [3, 7]])); // 4 to 2 to 3
  expect(drawn(0, { topP: 0.6, temperature: 0.5 })).toEqual(runs([[1, 13], [3, 7]])); // 16 of 30 are not enough; 16 to 9
  expect(drawn(0, { topP: 0.6, temperature: 0.5, banned: Int32Array.of(3) })).toEqual(runs([[1, 20]])); // 16 of 21 are
  expect(drawn(1, { topP: 0.7 })).toEqual(runs([[0, 7], [1, 6], [2, 7]]));
  expect(drawn(2, { topP: 0.99 })).toEqual(runs([[0, 10], [1, 3], [3, 7]]));
});

test('the margin beside a draw is the lead of the most probable token, without temperature or bans', () => {
  const want = { give: 'draw', temperature: 0.3, topP: 0.5, banned: Int32Array.of(1), uniforms: Float64Array.of(0.1, 0.2, 0.3) } as const;
  close(scoresFromLogits(logits, 4, want).margin, [0.1, 0, 0.125]);
});

test('a token of probability 0 is never drawn, and extreme numbers change nothing', () => {
  const certain = [-Infinity, 5000, -5000, -Infinity];
  const want = { give: 'draw', uniforms: Float64Array.of(0, 1 - 2 ** -53), rows: Int32Array.of(0, 0) } as const;
  for (const temperature of [1e-300, 1, 1e3]) expect([...scoresFromLogits(certain, 4, { ...want, temperature }).ids]).toEqual([1, temperature > 10 ? 2 : 1]);
  expect([...scoresFromLogits(certain, 4, { ...want, temperature: 1, banned: Int32Array.of(1) }).ids]).toEqual([2, 2]);
});
