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
  let outside = 0;
  let logChance = -count * Math.LN2; // of exactly `outside` values below the median; as a number it would vanish above a thousand values
  let tail = Math.exp(logChance);
  for (;;) {
    logChance += Math.log((count - outside) / (outside + 1));
    const longer = tail + Math.exp(logChance);
    if (1 - 2 * longer < 0.95) return { outside, confidence: 1 - 2 * tail };
    tail = longer;
    outside++;
  }
}
