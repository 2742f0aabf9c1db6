import { join } from 'node:path';
import { listModels, openModel } from '@palimpsest/models';
import { decodeCells } from '@palimpsest/tokenizer';
import type { ModelSource, OpenModel } from './source.js';

/** The models of a folder. */
export const modelsIn = (folder: string): ModelSource => ({ list: () => listModels(folder), open: (name) => open(join(folder, name)) });

/** The models trained here. */
export const trainedModels: ModelSource = { list: () => listModels(), open };

async function open(nameOrFolder: string): Promise<OpenModel> {
  const model = await openModel(nameOrFolder);
  const { backbone, tokenizer, readInnerLosses } = model;
  return {
    backbone,
    tokenizer: {
      vocabularySize: tokenizer.vocabularySize,
      encode: (text) => tokenizer.encode(text),
      tokenText: (id) => tokenizer.tokenText(id),
      decodeCells: (ids, maskId) => decodeCells(tokenizer, ids, maskId),
    },
    ...(readInnerLosses && { readInnerLosses }),
    [Symbol.asyncDispose]: () => model[Symbol.asyncDispose](),
  };
}
