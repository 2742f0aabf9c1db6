import { PalimpsestError } from '@palimpsest/backbone';
import type { Vocabulary } from '@palimpsest/backbone';

/** Ids by role; null and undefined are none. */
export type SpecialTokenIds = { readonly [role in keyof Omit<Vocabulary, 'size'>]?: number | null | undefined };

/** @throws PalimpsestError where an id is not in the vocabulary. */
export function vocabularyOf(where: string, size: number, special: SpecialTokenIds): Vocabulary {
  const present = Object.entries(special).flatMap(([role, id]) => (typeof id === 'number' ? [[role, id] as const] : []));
  for (const [role, id] of present) {
    if (id >= size) throw new PalimpsestError({ where, expected: `${role === 'end' ? 'an' : 'a'} ${role} token below ${size}`, got: `${id}` });
  }
  return { size, ...Object.fromEntries(present) };
}
