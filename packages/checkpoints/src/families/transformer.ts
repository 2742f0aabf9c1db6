import { PalimpsestError } from '@palimpsest/backbone';
import { defineTransformer } from '@palimpsest/layers';
import type { TransformerConfig } from '@palimpsest/layers';
import type { AssembledModel } from './family.js';
import { vocabularyOf } from './vocabulary.js';
import type { SpecialTokenIds } from './vocabulary.js';

/** Defines the transformer of a config whose keys were read. @throws PalimpsestError where its numbers do not go together. */
export function assembleTransformer(where: string, config: TransformerConfig, special: SpecialTokenIds): Pick<AssembledModel, 'definition' | 'vocabulary'> {
  const { width, heads, keyHeads, headSize, vocabularySize } = config;
  const demand = (holds: boolean, expected: string, got: number): void => {
    if (!holds) throw new PalimpsestError({ where, expected, got: `${got}` });
  };
  demand(Number.isInteger(headSize), `a number of heads that divides ${width}`, heads);
  demand(heads % keyHeads === 0, `a number of key/value heads that divides ${heads}`, keyHeads);
  demand(headSize % 2 === 0, 'heads of an even size, half of it for each part of a rotation', headSize);
  return { vocabulary: vocabularyOf(where, vocabularySize, special), definition: defineTransformer(config) };
}
