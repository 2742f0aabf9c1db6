import { PalimpsestError } from '@palimpsest/backbone';
import type { StateDeclaration } from '@palimpsest/layers';

/** What was asked of one context. */
export interface Span {
  readonly asked: 'append' | 'score';
  readonly first: number;
  readonly last: number;
}

const isFinite = (numbers: Float32Array): boolean => Number.isFinite(numbers.reduce((sum, value) => sum + value, 0)); // summed in doubles, these stay far from the largest
const hasNoNumber = (numbers: Float32Array): boolean => Number.isNaN(numbers.reduce((sum, value) => sum + value, 0));

const where = ({ asked, first, last }: Span): string => `${asked}, ${first === last ? `position ${first}` : `positions ${first} to ${last}`}`;

/** @throws PalimpsestError naming the first of the states that is not all finite, with what its layer says to that. */
export function expectFinite(states: ReadonlyMap<string, StateDeclaration>, span: Span, numbersOf: (output: string) => Float32Array): void {
  for (const [output, { name, mayOverflow }] of states) {
    if (mayOverflow === undefined || isFinite(numbersOf(output))) continue;
    throw new PalimpsestError({ where: `${where(span)}: ${name}`, expected: 'finite numbers', got: 'numbers beyond float32', hint: mayOverflow.hint });
  }
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
