import type { Tokenizer } from '@palimpsest/tokenizer';
import type { TrialText } from '../generation/ways/way.js';
import { openData } from '../training/data.js';
import type { RecipeData } from '../training/recipe.js';

/** Rows of held-out data, one text to a row. @throws PalimpsestError or DatasetError when a text cannot be read or is too short. */
export async function readTexts(tokenizer: Tokenizer, data: RecipeData, count: number, length: number): Promise<readonly TrialText[]> {
  const { heldOut } = (await openData(data)).rows(tokenizer, { rows: 1, length, seed: 0 });
  return Array.from({ length: count }, (_, index) => {
    const { tokens: row, lengths } = heldOut(index);
    return { tokens: row, length: lengths[0]! };
  });
}
