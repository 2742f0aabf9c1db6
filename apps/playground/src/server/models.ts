import { listModels, openModel } from '@palimpsest/models';
import { decodeCells } from '@palimpsest/tokenizer';
import type { ModelSource } from './source.js';

/** The models trained here. */
export const trainedModels: ModelSource = {
  list: () => listModels(),
  open: async (name) => {
    const model = await openModel(name);
    const { backbone, tokenizer } = model;
    return {
      backbone,
      tokenizer: {
        vocabularySize: tokenizer.vocabularySize,
        encode: (text) => tokenizer.encode(text),
        tokenText: (id) => tokenizer.tokenText(id),
        decodeCells: (ids, maskId) => decodeCells(tokenizer, ids, maskId),
      },
      [Symbol.asyncDispose]: () => model[Symbol.asyncDispose](),
    };
  },
};
