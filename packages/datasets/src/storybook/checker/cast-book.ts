import type { Capture } from '../grammar/reader.js';
import { agree, pronounColumns, type Role, type Row, type Table } from '../grammar/table.js';

/** What watches over a slot: people's names and kinds, their pronouns, everything else. */
export type Rule = 'names' | 'pronouns' | 'world';
export interface Remark {
  readonly rule: Rule;
  readonly problem: string;
}

/** Who and what stands in each role, as far as a text has told: role, facet, row. */
export type CastBook = ReadonlyMap<string, ReadonlyMap<Table, number>>;

/**
 * Enters what a sentence says into the book. What the book holds already stays: the first mention counts.
 *
 * @param isLate true of a role that should have been introduced before this sentence.
 */
export function enter(
  book: CastBook,
  captures: readonly Capture[],
  isLate: (role: string) => boolean,
  roles: Readonly<Record<string, Role>>,
): { readonly book: CastBook; readonly remarks: readonly Remark[] } {
  const entered = new Map([...book].map(([role, facets]) => [role, new Map(facets)]));
  const remarks: Remark[] = [];
  const isPronoun = ({ slot }: Capture): boolean => pronounColumns.includes(slot.column);
  // Names first: in `"Hello," she told Mia` the name tells whom a pronoun of the same sentence has to suit.
  for (const capture of [...captures.filter((one) => !isPronoun(one)), ...captures.filter(isPronoun)]) {
    const { slot, rows } = capture;
    const rule: Rule = isPronoun(capture) ? 'pronouns' : roles[slot.role]?.person === true ? 'names' : 'world';
    const facets = entered.get(slot.role) ?? new Map<Table, number>();
    entered.set(slot.role, facets);
    const bound = facets.get(slot.facet);
    if (bound !== undefined) {
      if (!rows.has(bound)) remarks.push({ rule, problem: `"${wordsOf(capture)}" stands where "${slot.facet.rows[bound]?.[slot.column]}" belongs` });
    } else if (rule === 'pronouns') {
      remarks.push({ rule, problem: `"${wordsOf(capture)}" refers to nobody so far` });
    } else if (rows.size === 1) {
      const [row = 0] = rows;
      const objection = isLate(slot.role) ? 'was never introduced' : objectionTo(slot.role, slot.facet, row, entered);
      if (objection !== undefined) remarks.push({ rule, problem: `"${wordsOf(capture)}" ${objection}` });
      facets.set(slot.facet, row);
    }
  }
  return { book: entered, remarks };
}

function objectionTo(role: string, facet: Table, row: number, book: CastBook): string | undefined {
  if ([...book].some(([other, facets]) => other !== role && facets.get(facet) === row)) return 'stands for something else already';
  return rowsIn(book, role).every((other) => agree(facet.rows[row] ?? {}, other)) ? undefined : 'does not go with what was said before';
}

const rowsIn = (book: CastBook, role: string): readonly Row[] => [...(book.get(role) ?? [])].map(([facet, row]) => facet.rows[row] ?? {});

/** `he` or `she`; undefined while the role has no name. */
export function pronounIn(book: CastBook, role: string): string | undefined {
  return rowsIn(book, role).find(({ he }) => he !== undefined)?.he;
}

export function namesIn(book: CastBook): ReadonlySet<string | undefined> {
  return new Set([...book.keys()].flatMap((role) => rowsIn(book, role).map(({ name }) => name)));
}

export function wordsOf({ slot, rows }: Capture): string {
  const [row = 0] = rows;
  return slot.facet.rows[row]?.[slot.column] ?? '';
}
