import { randomStream } from '@palimpsest/sampling';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { heldOutSeed, trainingSeed } from '../storybook/generator/split.js';
import { recallAccuracy, recallRows, recallTargets } from './batch.js';
import { drawDifferent, gapProbabilities } from './gaps.js';
import { BLANK_ID, recallRow, type RecallTask } from './recall.js';

const tasks: fc.Arbitrary<RecallTask> = fc
  .record({ pairs: fc.integer({ min: 1, max: 13 }), spare: fc.nat(21), ids: fc.nat(40), share: fc.double({ min: 0, max: 1, noNaN: true }), power: fc.double({ min: 0.01, max: 2, noNaN: true }) })
  .map(({ pairs, spare, ids, share, power }) => {
    const queries = 1 + Math.floor(share * (pairs - 1));
    return { pairs, queries, length: 2 * (pairs + queries) + spare, vocabularySize: 2 * pairs + 2 + ids, power };
  });
const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });

describe('a row', () => {
  test('gives different keys and values, and asks later for as many as it should', () => {
    fc.assert(fc.property(tasks, seeds, (task, seed) => {
      const { tokens, answers } = recallRow(task, seed);
      const { pairs, vocabularySize, queries = pairs } = task;
      const half = Math.floor(vocabularySize / 2);
      expect(tokens.length).toBe(task.length);
      const keys = [...tokens.subarray(0, 2 * pairs)].filter((_, index) => index % 2 === 0);
      const values = [...tokens.subarray(0, 2 * pairs)].filter((_, index) => index % 2 === 1);
      for (const drawn of [keys, values]) expect(new Set(drawn).size).toBe(pairs);
      expect(keys.every((key) => key > 0 && key < half)).toBe(true);
      expect(values.every((value) => value >= half && value < vocabularySize)).toBe(true);

      expect(answers.length).toBe(queries);
      expect(new Set(answers.map(({ position }) => tokens[position])).size).toBe(queries);
      for (const { position, keyPosition, value } of answers) {
        expect(keyPosition).toBeLessThan(2 * pairs);
        expect(position).toBeGreaterThanOrEqual(2 * pairs);
        expect(tokens[keyPosition]).toBe(tokens[position]);
        expect(tokens[keyPosition + 1]).toBe(value);
        expect(tokens[position + 1] ?? BLANK_ID).toBe(BLANK_ID); // not the answer
      }
      expect([...tokens.subarray(2 * pairs)].filter((id) => id !== BLANK_ID).length).toBe(queries);
    }), { seed: 1, numRuns: 300 });
  });

  test('is a function of the seed; no two of 4,000 are alike, on either side', () => {
    const task = { pairs: 5, length: 41, vocabularySize: 64, queries: 3 };
    expect(recallRow(task, 77)).toEqual(recallRow(task, 77));
    const rows = Array.from({ length: 2000 }, (_, index) => [trainingSeed(index), heldOutSeed(index)]).flat().map((seed) => recallRow(task, seed).tokens.join(' '));
    expect(new Set(rows).size).toBe(4000);
  });

  test('every key, value and pair has the same chance', () => {
    const task = { pairs: 3, length: 20, vocabularySize: 17, queries: 2 };
    const draws = 6000;
    const counts = { keys: new Map<number, number>(), values: new Map<number, number>(), first: new Map<number, number>(), asked: new Map<number, number>() };
    const count = (map: Map<number, number>, what: number): unknown => map.set(what, (map.get(what) ?? 0) + 1);
    for (let seed = 0; seed < draws; seed++) {
      const { tokens, answers } = recallRow(task, seed);
      for (const at of [0, 2, 4]) count(counts.keys, tokens[at]!);
      for (const at of [1, 3, 5]) count(counts.values, tokens[at]!);
      count(counts.first, tokens[0]!);
      for (const { keyPosition } of answers) count(counts.asked, keyPosition);
    }
    const chances = { keys: [7, 3 / 7], values: [9, 3 / 9], first: [7, 1 / 7], asked: [3, 2 / 3] } as const;
    for (const [name, [kinds, chance]] of Object.entries(chances)) {
      const map = counts[name as keyof typeof counts];
      expect(map.size).toBe(kinds);
      for (const seen of map.values()) expect(Math.abs(seen / draws - chance)).toBeLessThan(4 * Math.sqrt(chance * (1 - chance) / draws));
    }
  });
});

describe('gaps', () => {
  test('the law, by hand: 1, 1/√2, 1/√3 over their sum', () => {
    const sum = 1 + Math.SQRT1_2 + 1 / Math.sqrt(3);
    gapProbabilities(3, 0.5).forEach((chance, index) => { expect(chance).toBeCloseTo([1, Math.SQRT1_2, 1 / Math.sqrt(3)][index]! / sum, 12); });
    expect(gapProbabilities(4, 1)).toEqual([0.25, 0.25, 0.25, 0.25]);
  });

  test.each([0.01, 0.6, 1])('a single query follows it, power %d', (power) => {
    const task = { pairs: 4, queries: 1, length: 31, vocabularySize: 40, power }; // 11 slots
    const draws = 8000;
    const seen = new Array<number>(11).fill(0);
    for (let seed = 0; seed < draws; seed++) seen[(recallRow(task, seed).answers[0]!.position - 8) / 2]! += 1;
    const normal = Array.from({ length: 11 }, (_, index) => (index + 1) ** (power - 1)).reduce((sum, weight) => sum + weight, 0);
    seen.forEach((hits, index) => {
      const chance = (index + 1) ** (power - 1) / normal;
      expect(Math.abs(hits / draws - chance)).toBeLessThan(4 * Math.sqrt(chance * (1 - chance) / draws));
    });
    // Negative control: the law of a power that is off by a half is told apart.
    const other = Array.from({ length: 11 }, (_, index) => (index + 1) ** (power - 0.5));
    const otherSum = other.reduce((sum, weight) => sum + weight, 0);
    expect(seen.some((hits, index) => Math.abs(hits / draws - other[index]! / otherSum) > 4 * Math.sqrt(0.25 / draws))).toBe(true);
  });

  test('several are drawn one after the other from what is left: pairs of three, counted against the chances multiplied out', () => {
    const p = [0.6, 0.3, 0.1];
    const draws = 9000;
    const seen = new Map<string, number>();
    const random = randomStream(8);
    for (let draw = 0; draw < draws; draw++) {
      const name = drawDifferent(p, 2, random).join();
      seen.set(name, (seen.get(name) ?? 0) + 1);
    }
    for (const [first, second] of [[0, 1], [0, 2], [1, 0], [1, 2], [2, 0], [2, 1]] as const) {
      const chance = (p[first]! * p[second]!) / (1 - p[first]!);
      expect(Math.abs((seen.get(`${first},${second}`) ?? 0) / draws - chance)).toBeLessThan(4 * Math.sqrt(chance / draws));
    }
    expect(seen.size).toBe(6);
  });
});

describe('targets', () => {
  test('read off the rows, they are the answers that the rows were made with, and weights sum to 1', () => {
    fc.assert(fc.property(tasks, seeds, fc.integer({ min: 1, max: 4 }), (task, seed, rows) => {
      const { tokens, lengths, length } = recallRows(task, rows, seed);
      const { targets, weights } = recallTargets(task, tokens);
      expect([tokens.length, lengths.length, length]).toEqual([rows * task.length, rows, task.length]);
      const expected = Array.from({ length: rows }, (_, row) => recallRow(task, seed + row).answers.map(({ position, value }) => [row * task.length + position, value])).flat();
      expect([...weights.keys()].filter((at) => weights[at]! > 0).map((at) => [at, targets[at]])).toEqual(expected);
      for (const [at] of expected) expect(weights[at!]).toBe(Math.fround(1 / expected.length));
    }), { seed: 2, numRuns: 100 });
  });

  test('accuracy is the share of answers that are right, whatever stands elsewhere', () => {
    const task = { pairs: 4, length: 23, vocabularySize: 30, queries: 3 };
    const { tokens } = recallRows(task, 5, 9);
    const { targets, weights } = recallTargets(task, tokens);
    expect(recallAccuracy(task, tokens, targets.map((id, at) => (weights[at]! > 0 ? id : 29 - (at % 7))))).toBe(1);
    let wrong = 0;
    expect(recallAccuracy(task, tokens, targets.map((id, at) => (weights[at]! > 0 && wrong++ < 4 ? id - 1 : id)))).toBeCloseTo(11 / 15, 12);
    expect(recallAccuracy(task, tokens, tokens)).toBe(0);
  });
});

test.each<[RecallTask, string]>([
  [{ pairs: 0, length: 9, vocabularySize: 9 }, 'recall: pairs: expected an integer of at least 1; got 0.'],
  [{ pairs: 3, length: 20, vocabularySize: 20, queries: 4 }, 'recall: queries: expected an integer from 1 to the 3 pairs; got 4.'],
  [{ pairs: 3, length: 11, vocabularySize: 20 }, 'recall: length: expected at least 12 tokens, two to a pair and two to a query; got 11.'],
  [{ pairs: 3, length: 12, vocabularySize: 7 }, 'recall: vocabularySize: expected at least 8 ids, blank, keys and values; got 7.'],
  [{ pairs: 3, length: 12, vocabularySize: 20, power: 0 }, 'recall: power: expected a number above 0; got 0.'],
])('%j is refused', (task, sentence) => {
  expect(() => recallRow(task, 1)).toThrow(sentence);
});

test('rows that are not of the task are refused', () => {
  const task = { pairs: 2, length: 9, vocabularySize: 20 };
  expect(() => recallTargets(task, new Int32Array(10))).toThrow('recallTargets: expected rows of 9 tokens; got 10 tokens.');
  expect(() => recallTargets({ ...task, queries: 1 }, Int32Array.of(1, 11, 2, 12, 3, 0, 3, 0, 0))).toThrow('expected queries after the pairs; got none');
  expect(() => recallAccuracy(task, recallRows(task, 1, 1).tokens, [1])).toThrow('expected 9 predictions, one to a token; got 1');
});
