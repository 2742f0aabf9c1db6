import { PalimpsestError } from '@palimpsest/backbone';

/** A text as words or token ids. */
export type Units = ArrayLike<string | number>;

/**
 * Distinct n-grams of all texts over all their n-grams (Li et al. 2016, arXiv:1510.03055): near 0 when a model always says the same. It
 * falls as texts are added, so compare equal numbers of equally long texts.
 *
 * @throws PalimpsestError when no text has n units.
 */
export function distinctShare(texts: readonly Units[], n: number): number {
  const grams = texts.flatMap((text) => gramsOf(text, n));
  checkSome('distinctShare', grams.length, n);
  return new Set(grams).size / grams.length;
}

/**
 * Share of n-grams that stood in the same text before, averaged over texts (seq-rep-n of Welleck et al. 2019, arXiv:1908.04319): near 1
 * when a model runs in circles. Texts shorter than n are left out.
 *
 * @throws PalimpsestError when no text has n units.
 */
export function repetitionRate(texts: readonly Units[], n: number = 4): number {
  const rates = texts.map((text) => gramsOf(text, n)).filter(({ length }) => length > 0).map((grams) => 1 - new Set(grams).size / grams.length);
  checkSome('repetitionRate', rates.length, n);
  return rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
}

const gramsOf = (text: Units, n: number): readonly string[] =>
  Array.from({ length: Math.max(0, text.length - n + 1) }, (_, start) => JSON.stringify(Array.from({ length: n }, (_unit, offset) => text[start + offset])));

function checkSome(where: string, count: number, n: number): void {
  if (!Number.isInteger(n) || n < 1) throw new PalimpsestError({ where, expected: 'a positive integer n', got: String(n) });
  if (count === 0) throw new PalimpsestError({ where, expected: `a text of at least ${n} units`, got: 'none' });
}
