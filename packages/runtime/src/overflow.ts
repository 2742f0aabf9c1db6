import { PalimpsestError } from '@palimpsest/backbone';
import type { StateDeclaration } from '@palimpsest/layers';

/** What was asked of one context. */
export interface Span {
  readonly asked: 'append' | 'score' | 'fold';
  readonly first: number;
  readonly last: number;
}

/** Of doubles: far from the largest where all terms are finite. A call for each of a million numbers would take longer than a pass. */
function sumOf(numbers: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < numbers.length; i++) sum += numbers[i]!;
  return sum;
}

const hasNoNumber = (numbers: Float32Array): boolean => Number.isNaN(sumOf(numbers));

const where = ({ asked, first, last }: Span): string => `${asked}, ${first === last ? `position ${first}` : `positions ${first} to ${last}`}`;

/** @throws PalimpsestError naming a state that may outgrow float32 and has, with what its layer says to that. */
export function expectFinite(span: Span, { name, mayOverflow }: StateDeclaration, numbers: Float32Array): void {
  if (mayOverflow === undefined || Number.isFinite(sumOf(numbers))) return;
  throw new PalimpsestError({ where: `${where(span)}: ${name}`, expected: 'finite numbers', got: 'numbers beyond float32', hint: mayOverflow.hint });
}

/** The first of so many rows that has something that is no number. */
export function rowWithoutNumber(numbers: Float32Array, rows: number): number | undefined {
  if (!hasNoNumber(numbers)) return undefined;
  const size = numbers.length / rows;
  return Array.from({ length: rows }, (_, row) => row).find((row) => hasNoNumber(numbers.subarray(row * size, (row + 1) * size)));
}

/** For a pass whose states say nothing of it. */
export const withoutNumber = (states: readonly StateDeclaration[], span: Span): PalimpsestError => {
  const hint = states.find(({ mayOverflow }) => mayOverflow !== undefined)?.mayOverflow?.hint;
  return new PalimpsestError({ where: where(span), expected: 'finite numbers', got: 'numbers beyond float32 on the way', ...(hint !== undefined && { hint }) });
};
