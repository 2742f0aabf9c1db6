import { pronounColumns, type Role, type Row, type Table } from './table.js';

/** One column of one facet of a role, with or without a leading article. */
export interface Slot {
  readonly role: string;
  readonly facet: Table;
  readonly column: string;
  readonly article: boolean;
  /** The slot begins a sentence or a quotation. */
  readonly capital: boolean;
}
export type Piece = string | Slot;

/** One way to say a step: words and slots in order. */
export interface Pattern {
  readonly pieces: readonly Piece[];
  /** People whom the sentence mentions. */
  readonly people: ReadonlySet<string>;
  /** People whom the sentence mentions by pronouns only. */
  readonly unnamed: readonly string[];
}

/** The facet of `role` that owns `column`. */
function facetOf(roles: Readonly<Record<string, Role>>, role: string, column: string, template: string): Table {
  const facet = roles[role]?.facets.find(({ columns }) => columns.includes(column));
  if (facet === undefined) throw new RangeError(`template "${template}": there is no {${role}.${column}}; see world/roles.ts`);
  return facet;
}

const startsSentence = (before: string): boolean => before === '' || /([.!?]"?\s|(^|\s)")$/.test(before);

/**
 * Reads a template. `{toy}` writes a role in its usual form, `{skill.tip}` one column or form of it, `{a toy}` puts the
 * article in front, and `{hero~}`, `{friend~him}`, `{hero~his}` stand for a name or a pronoun: they give one pattern for each.
 */
export function readTemplate(template: string, roles: Readonly<Record<string, Role>>): readonly Pattern[] {
  return chooseReferences(template).map((plain) => readPlain(plain, roles));
}

function chooseReferences(template: string): readonly string[] {
  const reference = /\{(\w+)~(\w*)\}/.exec(template);
  if (reference === null) return [template];
  const [whole, role = '', column = ''] = reference;
  const named = column === 'his' ? `{${role}}'s` : `{${role}}`;
  const pronoun = `{${role}.${column === '' ? 'he' : column}}`;
  return [named, pronoun].flatMap((chosen) => chooseReferences(template.replace(whole, chosen)));
}

function readPlain(template: string, roles: Readonly<Record<string, Role>>): Pattern {
  const pieces: Piece[] = [];
  let read = 0;
  for (const match of template.matchAll(/\{(a )?(\w+)(?:\.(\w+))?\}/g)) {
    const [whole, article, role = '', form = ''] = match;
    if (match.index > read) pieces.push(template.slice(read, match.index));
    read = match.index + whole.length;
    const capital = startsSentence(template.slice(0, match.index));
    const columns = roles[role]?.forms[form] ?? [form];
    columns.forEach((column, index) => {
      if (index > 0) pieces.push(' ');
      const first = index === 0;
      pieces.push({ role, facet: facetOf(roles, role, column, template), column, article: first && article !== undefined, capital: first && capital });
    });
  }
  if (read < template.length) pieces.push(template.slice(read));
  return { pieces, ...peopleIn(pieces, roles) };
}

function peopleIn(pieces: readonly Piece[], roles: Readonly<Record<string, Role>>): Pick<Pattern, 'people' | 'unnamed'> {
  const slots = pieces.filter((piece) => typeof piece !== 'string').filter(({ role }) => roles[role]?.person === true);
  const named = new Set(slots.filter(({ column }) => !pronounColumns.includes(column)).map(({ role }) => role));
  const people = new Set(slots.map(({ role }) => role));
  return { people, unnamed: [...people].filter((role) => !named.has(role)) };
}

/** What a slot says when the world's row stands in it. */
export function surface(slot: Pick<Slot, 'column' | 'article' | 'capital'>, row: Row): string {
  const word = row[slot.column] ?? '';
  const phrase = slot.article ? `${/^([aeiou]|hon)/i.test(word) ? 'an' : 'a'} ${word}` : word;
  return slot.capital ? phrase.charAt(0).toUpperCase() + phrase.slice(1) : phrase;
}

/**
 * The first person of the pattern whose pronoun would leave the reader in doubt. A pronoun may stand alone only for
 * somebody of the sentence before, and only when nobody else there goes by the same pronoun.
 */
export function doubtfulPronoun(pattern: Pattern, before: ReadonlySet<string>, pronounOf: (role: string) => string | undefined): string | undefined {
  return pattern.unnamed.find((role) => {
    const rivals = [...before].filter((other) => other !== role && pronounOf(other) === pronounOf(role));
    return !before.has(role) || rivals.length > 0;
  });
}
