import type { ToldSlot, ToldStep } from '../generator/telling.js';
import { pronounColumns } from '../grammar/table.js';
import { entryOf, type Chronicle, type Pair } from './chronicle.js';
import { chapterRoles } from './threads.js';

/** A word or words that follow from what earlier chapters told. Offsets are characters of the text. */
export interface RecalledSpan {
  readonly start: number;
  readonly end: number;
  /** What is said of what: `Mia: kind`, `the red kite: toy`. */
  readonly fact: string;
  /** Where it was first told: the end of those words. */
  readonly introduced: number;
  /** Where it was told last before this. */
  readonly toldLast: number;
}

interface Statement {
  readonly word: string;
  readonly introduced: number;
  readonly toldLast: number;
  readonly chapter: number;
}
interface Written {
  readonly plot: string;
  readonly pair: Pair;
  readonly steps: readonly ToldStep[];
  readonly before: Chronicle;
}

/**
 * The first time in each chapter that a known fact is told again, where who or what it is of has been told in the chapter before, or follows:
 * of a person's name, kind and trait the first gives away who it is and does not count, nor does that of a belonging among several.
 */
export function recalledSpans(chapters: readonly Written[], gap: number): readonly RecalledSpan[] {
  const statements = new Map<string, Statement>();
  const spans: RecalledSpan[] = [];
  let offset = 0;
  chapters.forEach(({ plot, pair, steps, before }, chapter) => {
    const given = new Set<string>(); // whose or what's first words were told in this chapter
    for (const { text, slots } of steps) {
      for (const told of slots) {
        const { slot: { role, facet, column } } = told;
        if (pronounColumns.includes(column)) continue;
        const subject = subjectOf(plot, pair, told, steps);
        if (subject === undefined) continue;
        const fact = `${subject}: ${facet.columns[0]}`;
        const [start, end, word] = [offset + told.start, offset + told.end, text.slice(told.start, told.end).toLowerCase()];
        const earlier = statements.get(fact);
        const follows = given.has(subject) || isGivenBy(role, before.get(entryOf(plot, role, pair) ?? '')?.length);
        if (earlier?.word === word && earlier.chapter < chapter && follows) spans.push({ start, end, fact, introduced: earlier.introduced, toldLast: earlier.toldLast });
        statements.set(fact, { word, introduced: earlier?.word === word ? earlier.introduced : end, toldLast: end, chapter });
        given.add(subject);
      }
      offset += text.length + 1; // the space between sentences
    }
    offset += gap - 1;
  });
  return spans;
}

/** People are not given by the chapter; what they have is, where it is the only one. */
const isGivenBy = (role: string, alternatives: number | undefined): boolean => role !== 'hero' && role !== 'friend' && alternatives === 1;

const things = new Set(['toy', 'trinket', 'gear', 'belonging', 'keepsake']);

/** What a slot tells something of. A thing is known by its words, wherever it goes; a place where something is hidden by whose it is. */
function subjectOf(plot: string, pair: Pair, { slot: { role } }: ToldSlot, steps: readonly ToldStep[]): string | undefined {
  if (role === 'elsewhere') return entryOf(plot, 'hiding', pair);
  if (!things.has(role)) return entryOf(plot, role, pair);
  const slots = steps.flatMap((step) => step.slots).filter(({ slot }) => slot.role === role);
  const words = chapterRoles[role]!.forms['']!.map((column) => slots.find(({ slot }) => slot.facet.columns.includes(column))?.row[column]);
  return `the ${words.join(' ')}`;
}
