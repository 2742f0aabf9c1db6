import { surface, type Pattern } from './pattern.js';
import type { Plot, Step } from './plot.js';

export interface NaiveReading {
  readonly step: Step;
  readonly pattern: Pattern;
  /** For each slot in order the indices of the rows that write the words read. */
  readonly rows: readonly (readonly number[])[];
}

/** Every reading of one sentence: a regular expression per pattern, tried one after the other. */
export function naiveReader(plots: readonly Plot[]): (sentence: string) => readonly NaiveReading[] {
  const steps = [...new Set(plots.flatMap((plot) => plot.steps))];
  const expressions = steps.flatMap((step) => step.patterns.map((pattern) => ({ step, pattern, expression: expressionOf(pattern) })));
  return (sentence) =>
    expressions.flatMap(({ step, pattern, expression }) => {
      const match = expression.exec(sentence);
      return match === null ? [] : [{ step, pattern, rows: rowsRead(pattern, match.slice(1)) }];
    });
}

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function expressionOf({ pieces }: Pattern): RegExp {
  const sources = pieces.map((piece) =>
    typeof piece === 'string' ? escape(piece) : `(${[...new Set(piece.facet.rows.map((row) => escape(surface(piece, row))))].join('|')})`);
  return new RegExp(`^${sources.join('')}$`);
}

function rowsRead({ pieces }: Pattern, phrases: readonly string[]): readonly (readonly number[])[] {
  const slots = pieces.filter((piece) => typeof piece !== 'string');
  return slots.map((slot, index) => slot.facet.rows.flatMap((row, at) => (surface(slot, row) === phrases[index] ? [at] : [])));
}
