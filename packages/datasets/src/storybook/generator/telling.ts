import { doubtfulPronoun, surface, type Pattern, type Slot } from '../grammar/pattern.js';
import type { Step } from '../grammar/plot.js';
import type { Row } from '../grammar/table.js';
import type { Cast } from './cast.js';
import type { Choices } from './choices.js';

/** What a slot of a sentence says, and where: offsets into the sentence, the article not counted. */
export interface ToldSlot {
  readonly slot: Slot;
  readonly row: Row;
  readonly start: number;
  readonly end: number;
}
export interface ToldStep {
  readonly step: Step;
  readonly text: string;
  readonly slots: readonly ToldSlot[];
}

/**
 * Tells steps in order, each in one of its ways that leave no pronoun in doubt.
 *
 * @param isTold decides, given the sentences so far and the steps to come that are always told, this one included.
 */
export function tellPlot(steps: readonly Step[], cast: Cast, choices: Choices, isTold: (step: Step, sentences: number, toCome: number) => boolean): readonly ToldStep[] {
  const told: ToldStep[] = [];
  let before: ReadonlySet<string> = new Set();
  for (const [index, step] of steps.entries()) {
    const toCome = steps.slice(index).filter(({ chance }) => chance === 1).length;
    if (!isTold(step, told.length, toCome)) continue;
    const clear = step.patterns.filter((pattern) => doubtfulPronoun(pattern, before, cast.pronounOf) === undefined);
    const pattern = choices.pick(clear);
    told.push({ step, ...write(pattern, cast) });
    before = pattern.people;
  }
  return told;
}

function write({ pieces }: Pattern, cast: Cast): Omit<ToldStep, 'step'> {
  const slots: ToldSlot[] = [];
  let text = '';
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      text += piece;
      continue;
    }
    const row = cast.row(piece.role, piece.facet);
    text += surface(piece, row);
    slots.push({ slot: piece, row, start: text.length - (row[piece.column] ?? '').length, end: text.length });
  }
  return { text, slots };
}
