import { PalimpsestError } from '@palimpsest/backbone';

/** Repeated measurements of one thing. */
export interface Spread {
  readonly count: number;
  readonly median: number;
  readonly minimum: number;
  readonly maximum: number;
  /** Holds the true median with this probability, whatever the distribution: 0.95 or a little more, less below six measurements. */
  readonly interval: { readonly low: number; readonly high: number; readonly confidence: number };
}

/**
 * Median, range, and the interval between the two order statistics that hold the median with a probability of at least 0.95
 * (Thompson 1936; exact for independent measurements).
 *
 * @throws PalimpsestError when there are no values.
 */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new PalimpsestError({ where: 'spreadOf', expected: 'at least one value', got: 'none' });
  const sorted = Float64Array.from(values).sort();
  const { outside, confidence } = cutOf(sorted.length);
  const middle = sorted.length >> 1;
  return {
    count: sorted.length,
    median: sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2,
    minimum: sorted[0]!,
    maximum: sorted.at(-1)!,
    interval: { low: sorted[outside]!, high: sorted[sorted.length - 1 - outside]!, confidence },
  };
}

/** How many values to leave out on each side: values fall below the median as a fair coin falls. */
function cutOf(count: number): { readonly outside: number; readonly confidence: number } {
  const confidenceAt = (tail: number): number => 1 - 2 * tail;
  let outside = 0;
  let chance = 2 ** -count; // of exactly `outside` values below the median
  let tail = chance;
  for (;;) {
    chance *= (count - outside) / (outside + 1);
    if (confidenceAt(tail + chance) < 0.95) return { outside, confidence: confidenceAt(tail) };
    tail += chance;
    outside++;
  }
}
