import { randomStream } from '@palimpsest/sampling';
import { DatasetError } from '../documents/error.js';
import { drawDifferent, gapProbabilities } from './gaps.js';

/**
 * Multi-query associative recall (Arora et al. 2023, arXiv:2312.04927, section 3): a row gives pairs of a key and a value, and later
 * some of the keys again, each of which asks for its value.
 *
 *   row      k₁ v₁ k₂ v₂ … · · k₂ · · · k₁ ·
 *   asked                      v₂       v₁
 *
 * Ids: 0 is blank, the others of the lower half are keys, the upper half are values. A query stands an even number of tokens after the
 * pairs, at a gap of slots drawn by `gapProbabilities`; the token after it is blank, so that no answer can be read off.
 * Differs from the authors' code: any `queries` of the pairs are asked for, and draws are not given to keys in their order, which would ask
 * for the first pair soonest.
 */
export interface RecallTask {
  readonly pairs: number;
  /** Tokens of a row; at least two to a pair and two to a query. */
  readonly length: number;
  readonly vocabularySize: number;
  /** Of them, keys that are asked for; all when absent. */
  readonly queries?: number;
  /** Of the law of gaps; 0.01 when absent, 1 for equally likely ones. */
  readonly power?: number;
}

export const BLANK_ID = 0;

export interface RecallRow {
  readonly tokens: Int32Array; // [length]
  /** By position. */
  readonly answers: readonly RecallAnswer[];
}
export interface RecallAnswer {
  /** Where the key stands again: what follows it is asked for. */
  readonly position: number;
  /** Where it stood in its pair. */
  readonly keyPosition: number;
  readonly value: number;
}

/**
 * The row of a seed, always the same.
 *
 * @param seed integer from 0 to 2^53 - 1; `trainingSeed` and `heldOutSeed` give two sides.
 * @throws DatasetError when the task's numbers do not go together, SamplingError for another seed.
 */
export function recallRow(task: RecallTask, seed: number): RecallRow {
  const { pairs, length, firstValue, vocabularySize, queries, power } = checkTask(task);
  const random = randomStream(seed);
  const keys = differentIntegers(1, firstValue, pairs, random.integer);
  const values = differentIntegers(firstValue, vocabularySize, pairs, random.integer);
  const tokens = new Int32Array(length).fill(BLANK_ID);
  keys.forEach((key, pair) => tokens.set([key, values[pair]!], 2 * pair));
  const asked = random.shuffle(keys.map((_, pair) => pair)).slice(0, queries);
  const slots = drawDifferent(gapProbabilities(slotsOf(length, pairs), power), queries, random);
  const answers = asked.map((pair, query) => ({ position: 2 * pairs + 2 * slots[query]!, keyPosition: 2 * pair, value: values[pair]! }));
  for (const { position, keyPosition } of answers) tokens[position] = tokens[keyPosition]!;
  return { tokens, answers: answers.toSorted((one, other) => one.position - other.position) };
}

const slotsOf = (length: number, pairs: number): number => Math.floor((length - 2 * pairs) / 2);

/** `count` different integers from `start` to `end - 1`, in random order: the shuffle of Fisher & Yates, of which only the swaps are kept. */
function differentIntegers(start: number, end: number, count: number, integer: (bound: number) => number): readonly number[] {
  const moved = new Map<number, number>();
  return Array.from({ length: count }, (_, index) => {
    const other = index + integer(end - start - index);
    const drawn = moved.get(other) ?? other;
    moved.set(other, moved.get(index) ?? index);
    return start + drawn;
  });
}

/** The task with its absent numbers filled in. Ids from `firstValue` on are values. */
export function checkTask({ pairs, length, vocabularySize, queries = pairs, power = 0.01 }: RecallTask): Required<RecallTask> & { readonly firstValue: number } {
  const demand = (holds: boolean, name: string, expected: string, got: number): void => {
    if (!holds) throw new DatasetError({ where: `recall: ${name}`, expected, got: String(got) });
  };
  const firstValue = Math.floor(vocabularySize / 2);
  demand(Number.isInteger(pairs) && pairs >= 1, 'pairs', 'an integer of at least 1', pairs);
  demand(Number.isInteger(queries) && queries >= 1 && queries <= pairs, 'queries', `an integer from 1 to the ${pairs} pairs`, queries);
  demand(Number.isInteger(length) && length >= 2 * (pairs + queries), 'length', `at least ${2 * (pairs + queries)} tokens, two to a pair and two to a query`, length);
  demand(Number.isInteger(vocabularySize) && firstValue - 1 >= pairs, 'vocabularySize', `at least ${2 * pairs + 2} ids, blank, keys and values`, vocabularySize);
  demand(Number.isFinite(power) && power > 0, 'power', 'a number above 0', power);
  return { pairs, length, vocabularySize, queries, power, firstValue };
}
