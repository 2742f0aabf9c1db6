import { bidirectional, blockCausal, causal, PalimpsestError } from '@palimpsest/backbone';
import { posterior, toyBackbone, type ToyBackbone, type ToyDefinition } from '@palimpsest/backbone/testing';
import type { ModelSummary } from '../protocol/model.js';
import type { ModelSource, OpenModel } from '../server/source.js';
import { begin, decodeCells, encode, end, mask, storyChain, tokenText } from './story.js';

export interface ToyOptions {
  /** Awaited in each forward pass of the model. */
  readonly pass: (model: string) => Promise<void>;
}

/** Toys that know which word follows which in a dozen sentences: exact, fast to open, and no language models. */
export interface ToySource extends ModelSource {
  /** What was opened so far, for tests that look for leaks. */
  readonly opened: readonly ToyBackbone[];
}

const maximumLength = 64;
const blocks = blockCausal(4);
const about = { parameters: mask ** 2, maximumLength, tellsInnerLosses: false } as const;

const summaries: readonly ModelSummary[] = [
  { ...about, name: 'toy-ar', title: 'Toy, left to right', description: 'A table of which word follows which; not a language model.', visibility: causal.name, prediction: 'next' },
  { ...about, name: 'toy-mdlm', title: 'Toy, any order', description: 'The same table, asked for any word from both sides.', visibility: bidirectional.name, prediction: 'same' },
  { ...about, name: 'toy-bd', title: 'Toy, in blocks', description: 'The same table, asked for any word of a block of four from both sides.', visibility: blocks.name, prediction: 'same' },
];

export function toySource({ pass }: ToyOptions): ToySource {
  const chain = storyChain();
  const opened: ToyBackbone[] = [];
  const definitions: Readonly<Record<string, ToyDefinition>> = {
    'toy-ar': {
      maximumLength,
      delay: () => pass('toy-ar'),
      vocabulary: { size: mask, begin, end },
      visibility: causal,
      prediction: 'next',
      row: (tokens, position) => (chain.transitions[tokens[position] ?? begin] ?? []).map(Math.log),
    },
    'toy-mdlm': {
      maximumLength,
      delay: () => pass('toy-mdlm'),
      vocabulary: { size: mask + 1, begin, end, mask },
      visibility: bidirectional,
      prediction: 'same',
      row: (tokens, position) => [...posterior(chain, tokens, position).map(Math.log), -Infinity],
    },
    'toy-bd': {
      maximumLength,
      delay: () => pass('toy-bd'),
      vocabulary: { size: mask + 1, begin, end, mask },
      visibility: blocks,
      prediction: 'same',
      row: (tokens, position, visible) => [...posterior(chain, tokens.subarray(0, visible), position).map(Math.log), -Infinity],
    },
  };
  return {
    opened,
    list: async () => summaries,
    open: async (name): Promise<OpenModel> => {
      const definition = definitions[name];
      if (definition === undefined) throw new PalimpsestError({ where: 'model', expected: Object.keys(definitions).join(' or '), got: name });
      const backbone = toyBackbone(definition);
      opened.push(backbone);
      return { backbone, tokenizer: { vocabularySize: mask + 1, encode, decodeCells, tokenText }, [Symbol.asyncDispose]: () => backbone[Symbol.asyncDispose]() };
    },
  };
}
