import { PalimpsestError } from '@palimpsest/backbone';
import type { Vocabulary } from '@palimpsest/backbone';
import { defineTransformer } from '@palimpsest/layers';
import type { TransformerConfig } from '@palimpsest/layers';
import type { AssembledModel } from './family.js';

/** Ids by role; null and undefined are none. */
export type SpecialTokenIds = { readonly [role in keyof Omit<Vocabulary, 'size'>]?: number | null | undefined };

/** Defines the transformer of a config whose keys were read. @throws PalimpsestError where its numbers do not go together. */
export function assembleTransformer(where: string, config: TransformerConfig, special: SpecialTokenIds): Pick<AssembledModel, 'definition' | 'vocabulary'> {
  const { width, heads, keyHeads, headSize, vocabularySize } = config;
  const demand = (holds: boolean, expected: string, got: number): void => {
    if (!holds) throw new PalimpsestError({ where, expected, got: `${got}` });
  };
  demand(Number.isInteger(headSize), `a number of heads that divides ${width}`, heads);
  demand(heads % keyHeads === 0, `a number of key/value heads that divides ${heads}`, keyHeads);
  demand(headSize % 2 === 0, 'heads of an even size, half of it for each part of a rotation', headSize);
  const present = Object.entries(special).flatMap(([role, id]) => (typeof id === 'number' ? [[role, id] as const] : []));
  for (const [role, id] of present) demand(id < vocabularySize, `${role === 'end' ? 'an' : 'a'} ${role} token below ${vocabularySize}`, id);
  return { definition: defineTransformer(config), vocabulary: { size: vocabularySize, ...Object.fromEntries(present) } };
}
