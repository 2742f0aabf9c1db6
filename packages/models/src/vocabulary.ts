import { PalimpsestError } from '@palimpsest/backbone';
import type { Vocabulary } from '@palimpsest/backbone';
import type { Tokenizer } from '@palimpsest/tokenizer';

const roles = ['mask', 'end', 'pad', 'begin'] as const;

/**
 * A tokenizer fits a model that has a row for every token and takes the same token for each role that both know. A model may have more
 * rows (published ones are padded) and need no role that the tokenizer knows (a causal model has no mask).
 *
 * @throws PalimpsestError
 */
export function checkVocabulary(directory: string, vocabulary: Vocabulary, { vocabularySize, special }: Pick<Tokenizer, 'vocabularySize' | 'special'>): void {
  const hint = 'config.json and tokenizer.json are of different models.';
  if (vocabularySize > vocabulary.size) {
    throw new PalimpsestError({ where: directory, expected: `a tokenizer of at most the model's ${vocabulary.size} tokens`, got: `${vocabularySize}`, hint });
  }
  for (const role of roles) {
    const [expected, got] = [vocabulary[role], special[role]];
    if (expected === undefined || got === expected || (got === undefined && expected >= vocabularySize)) continue;
    throw new PalimpsestError({ where: directory, expected: `a tokenizer whose ${role} token is ${expected}, as in config.json`, got: `${got ?? 'none'}`, hint });
  }
}
