import { findModel } from '@palimpsest/models';
import { loadTokenizer, saveTokenizer, trainByteLevelBpe } from '@palimpsest/tokenizer';
import type { Tokenizer } from '@palimpsest/tokenizer';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { grouped } from '../view/amounts.js';
import type { TrainingData } from './data.js';
import type { Recipe } from './recipe.js';

export interface PreparedTokenizer {
  readonly tokenizer: Tokenizer;
  readonly directory: string;
}

/** That of another model, or the one in `folder`, where it is learned first unless it is there. */
export async function prepareTokenizer(wanted: Recipe['tokenizer'], data: TrainingData, folder: string, say: (text: string) => void): Promise<PreparedTokenizer> {
  if (typeof wanted === 'string') {
    const directory = await findModel(wanted);
    return { tokenizer: await loadTokenizer(directory), directory };
  }
  if (!existsSync(join(folder, 'tokenizer.json'))) {
    const { vocabularySize, documents } = wanted;
    say(`counting the words of ${grouped(documents)} documents`);
    const onProgress = ({ tokens, of }: { readonly tokens: number; readonly of: number }): void => say(`learning a tokenizer: ${grouped(tokens)} of ${grouped(of)} tokens`);
    await saveTokenizer(folder, trainByteLevelBpe({ documents: data.documents(documents), vocabularySize, onProgress }));
  }
  return { tokenizer: await loadTokenizer(folder), directory: folder };
}
