import { SamplingError } from './error.js';
import { exponential } from './exponential.js';
import type { IdRange } from './settings.js';

/** Index of the largest number; ties go to the lowest index. NaN is never the largest. */
export function argmax(row: Float32Array): number {
  let best = 0;
  let largest = -Infinity;
  for (let index = 0; index < row.length; index++) {
    if (row[index]! > largest) {
      largest = row[index]!;
      best = index;
    }
  }
  return best;
}

/**
 * ln of the sum of e^logit, in float64.
 * @throws SamplingError when a logit is NaN or +Infinity, or all are -Infinity.
 */
export function logSumExp(logits: Float32Array): number {
  const largest = largestOf(logits);
  return largest + Math.log(sumExponentials(logits, 1, largest));
}

/**
 * Probabilities in float64: softmax(logits / temperature).
 * @throws SamplingError as `logSumExp`, and when the temperature is not above 0.
 */
export function softmax(logits: Float32Array, temperature = 1): Float64Array {
  if (!(temperature > 0)) {
    const hint = 'At temperature 0 there is only argmax.';
    throw new SamplingError({ where: 'softmax', expected: 'a temperature above 0', got: String(temperature), hint });
  }
  const largest = largestOf(logits);
  const sum = sumExponentials(logits, temperature, largest);
  return Float64Array.from(logits, (logit) => exponential((logit - largest) / temperature) / sum);
}

/**
 * Sum of e^((logit - reference) / temperature) over the ids of some ranges, all when absent.
 * @throws SamplingError when a logit is NaN.
 */
export function sumExponentials(logits: Float32Array, temperature: number, reference: number, ranges: readonly IdRange[] = [{ start: 0, end: logits.length }]): number {
  let sum = 0;
  for (const { start, end } of ranges) {
    for (let id = start; id < end; id++) sum += exponential((logits[id]! - reference) / temperature);
  }
  if (Number.isNaN(sum)) throw badLogits(logits);
  return sum;
}

function largestOf(logits: Float32Array): number {
  const largest = logits[argmax(logits)] ?? -Infinity;
  if (!Number.isFinite(largest)) throw badLogits(logits);
  return largest;
}

/** The error for a row that is no distribution: says which logit is at fault. */
export function badLogits(logits: Float32Array): SamplingError {
  const fault = logits.findIndex((logit) => Number.isNaN(logit) || logit === Infinity);
  return new SamplingError({
    where: 'logits',
    expected: 'numbers or -Infinity, at least one of them a number that is not banned',
    got: fault < 0 ? `a row of ${logits.length} in which every token is banned or -Infinity` : `${logits[fault]} at token ${fault}`,
    hint: fault < 0 ? 'Ban fewer tokens.' : 'The model produced it: check its weights and precision.',
  });
}
