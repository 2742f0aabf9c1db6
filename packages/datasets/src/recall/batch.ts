import { DatasetError } from '../documents/error.js';
import { checkTask, recallRow, type RecallTask } from './recall.js';

/** Rows as `@palimpsest/training` takes them, row-major. */
export interface RecallRows {
  readonly rows: number;
  readonly length: number;
  readonly tokens: Int32Array; // [rows, length]
  readonly lengths: Int32Array; // [rows]
}
/** What a model should say: a target counts by its weight, which is 0 but at queries, where all weights are alike and sum to 1. */
export interface RecallTargets {
  readonly targets: Int32Array; // [rows, length]
  readonly weights: Float32Array; // [rows, length]
}

/** The rows of seeds `firstSeed` to `firstSeed + rows - 1`. @throws DatasetError or SamplingError as `recallRow`. */
export function recallRows(task: RecallTask, rows: number, firstSeed: number): RecallRows {
  const { length } = task;
  const tokens = new Int32Array(rows * length);
  for (let row = 0; row < rows; row++) tokens.set(recallRow(task, firstSeed + row).tokens, row * length);
  return { rows, length, tokens, lengths: new Int32Array(rows).fill(length) };
}

/**
 * Targets of rows, read off the rows alone: a key after the pairs asks for the token that followed it among them.
 *
 * @param tokens row-major, rows of the task's length.
 * @throws DatasetError when that is no whole number of rows, or nothing is asked.
 */
export function recallTargets(task: RecallTask, tokens: Int32Array): RecallTargets {
  const { pairs, length } = checkTask(task);
  if (tokens.length === 0 || tokens.length % length !== 0) throw new DatasetError({ where: 'recallTargets', expected: `rows of ${length} tokens`, got: `${tokens.length} tokens` });
  const targets = new Int32Array(tokens.length);
  const asked: number[] = [];
  for (let start = 0; start < tokens.length; start += length) {
    const values = new Map(Array.from({ length: pairs }, (_, pair) => [tokens[start + 2 * pair]!, tokens[start + 2 * pair + 1]!] as const));
    for (let at = start + 2 * pairs; at < start + length; at++) {
      const value = values.get(tokens[at]!);
      if (value === undefined) continue;
      targets[at] = value;
      asked.push(at);
    }
  }
  if (asked.length === 0) throw new DatasetError({ where: 'recallTargets', expected: 'queries after the pairs', got: 'none' });
  const weights = new Float32Array(tokens.length);
  for (const at of asked) weights[at] = 1 / asked.length;
  return { targets, weights };
}

/**
 * Share of queries that are answered right, 0 to 1.
 *
 * @param predicted the model's best id at every position of `tokens`; only those at queries are looked at.
 * @throws DatasetError as `recallTargets`, or when there is not one prediction to a token.
 */
export function recallAccuracy(task: RecallTask, tokens: Int32Array, predicted: ArrayLike<number>): number {
  if (predicted.length !== tokens.length) throw new DatasetError({ where: 'recallAccuracy', expected: `${tokens.length} predictions, one to a token`, got: String(predicted.length) });
  const { targets, weights } = recallTargets(task, tokens);
  const asked = [...weights.keys()].filter((at) => weights[at]! > 0);
  return asked.filter((at) => predicted[at] === targets[at]).length / asked.length;
}
