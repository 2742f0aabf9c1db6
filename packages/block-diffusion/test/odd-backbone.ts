import type { Prediction, Visibility, Vocabulary } from '@palimpsest/backbone';
import { toyBackbone } from '@palimpsest/backbone/testing';
import type { ToyBackbone } from '@palimpsest/backbone/testing';

export const vocabulary = { size: 9, mask: 7, end: 8 } as const;

/** Rows depend on every token that they see and on where it stands, so that one that should not be seen shows. */
export function oddBackbone(visibility: Visibility, prediction: Prediction, { words = vocabulary, salt = 1 }: { readonly words?: Vocabulary; readonly salt?: number } = {}): ToyBackbone {
  const row = (tokens: Int32Array, position: number, visible: number): readonly number[] =>
    Array.from({ length: words.size }, (_, id) =>
      tokens.subarray(0, visible).reduce((sum, token, place) => sum + Math.sin(salt + 3 * id + 5 * token + 1.7 * place - 2.3 * position), 2 * Math.cos(salt * id + position)) / 1.5);
  return toyBackbone({ vocabulary: words, maximumLength: 48, visibility, prediction, row });
}
