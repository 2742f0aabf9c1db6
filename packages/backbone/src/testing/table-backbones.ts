import type { Vocabulary } from '../backbone.js';
import { bidirectional, blockCausal, causal } from '../visibility.js';
import { posterior } from './markov-chain.js';
import type { MarkovChain } from './markov-chain.js';
import { toyBackbone } from './toy-backbone.js';
import type { ToyBackbone, ToyDefinition } from './toy-backbone.js';

export interface TableOptions {
  readonly chain: MarkovChain;
  readonly maximumLength?: number;
  readonly delay?: NonNullable<ToyDefinition['delay']>;
}

/** Causal, prediction `next`: row i is the chain's own row for token i. `special` names the words that begin or end a text. */
export function tableBackbone(options: TableOptions & { readonly special?: Omit<Vocabulary, 'size' | 'mask'> }): ToyBackbone {
  const { chain, special, maximumLength = 64, ...rest } = options;
  return toyBackbone({
    ...rest,
    maximumLength,
    vocabulary: { size: chain.transitions.length, ...special },
    visibility: causal,
    prediction: 'next',
    row: (tokens, position) => chain.transitions[tokens[position]!]!.map(Math.log),
  });
}

/**
 * Bidirectional, prediction `same`: row i is the chain's exact posterior of token i given every other token that is not
 * masked. The mask is the id after the last word and has probability 0. Unmasking one position after the other, in any
 * order, with a token drawn from its row therefore draws from the chain itself.
 */
export const bidirectionalTableBackbone = (options: TableOptions): ToyBackbone => posteriorBackbone(options, Infinity);

/** As `bidirectionalTableBackbone`, but a token sees its own and earlier blocks only, and whole blocks can be appended. */
export const blockTableBackbone = (options: TableOptions & { readonly blockSize: number }): ToyBackbone => posteriorBackbone(options, options.blockSize);

function posteriorBackbone({ chain, maximumLength = 64, delay }: TableOptions, blockSize: number): ToyBackbone {
  const mask = chain.initial.length;
  return toyBackbone({
    ...(delay && { delay }),
    maximumLength,
    vocabulary: { size: mask + 1, mask },
    visibility: blockSize === Infinity ? bidirectional : blockCausal(blockSize),
    prediction: 'same',
    row: (tokens, position, visible) => [...posterior(chain, tokens.subarray(0, visible), position).map(Math.log), -Infinity],
  });
}
