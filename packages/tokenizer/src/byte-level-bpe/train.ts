/// <reference path="../huggingface-tokenizers.d.ts" />
import { SplitPreTokenizer } from '@huggingface/tokenizers';
import { TokenizerError } from '../error.js';
import type { TokenizerFiles } from '../parse.js';
import { toWellFormed } from '../well-formed.js';
import { alphabet, toByteSymbols } from './alphabet.js';
import { formatByteLevelBpe, specialTexts, splitPattern } from './format.js';
import type { SpecialTokenTexts } from './format.js';
import { learnMerges } from './merges.js';
import type { WordCounts } from './merges.js';

export interface TrainingOptions {
  readonly documents: Iterable<string>;
  /** Tokens in all: special tokens, 256 bytes, merges. Fewer come out when the documents do not repeat themselves enough. */
  readonly vocabularySize: number;
  /** Ids 0, 1, ... go to those present, in the order pad, begin, end, mask. Default: `<|begin|>`, `<|end|>`, `<|mask|>`. */
  readonly specialTokens?: SpecialTokenTexts;
  /** A pair of tokens that stands side by side less often in the documents is not merged. Default 2. */
  readonly minimumCount?: number;
  /** Called after each merge with the tokens so far. */
  readonly onProgress?: (progress: { readonly tokens: number; readonly of: number }) => void;
}

const usualSpecialTokens: SpecialTokenTexts = { begin: '<|begin|>', end: '<|end|>', mask: '<|mask|>' };

/**
 * Learns a byte-level BPE tokenizer (Sennrich et al. 2016, arXiv:1508.07909, on the bytes of GPT-2's words). Every byte
 * is a token, so any text can be encoded and comes back. The result depends only on the options.
 *
 * Text in the documents that looks like a special token is plain text. Lone surrogates count as U+FFFD.
 * @throws TokenizerError when the vocabulary has no room for the bytes, or two tokens would share a text.
 */
export function trainByteLevelBpe({
  documents, vocabularySize, specialTokens = usualSpecialTokens, minimumCount = 2, onProgress,
}: TrainingOptions): TokenizerFiles {
  const special = specialTexts(specialTokens);
  checkSpecialTokens(special);
  const smallest = special.length + alphabet.length;
  if (!Number.isInteger(vocabularySize) || vocabularySize < smallest) {
    throw new TokenizerError({
      where: 'trainByteLevelBpe, vocabularySize',
      expected: `an integer of at least ${smallest} (${special.length} special tokens and ${alphabet.length} bytes)`,
      got: String(vocabularySize),
    });
  }
  const symbols = [...special, ...alphabet];
  const { words, counts } = countWords(documents, new Map(symbols.map((symbol, id) => [symbol, id])));
  const learned = learnMerges({
    words, counts, symbols, vocabularySize, minimumCount,
    reserved: new Set(special),
    ...(onProgress && { onMerge: (tokens) => onProgress({ tokens, of: vocabularySize }) }),
  });
  return formatByteLevelBpe(learned.symbols, learned.merges, specialTokens);
}

function countWords(documents: Iterable<string>, ids: ReadonlyMap<string, number>): WordCounts {
  const splitter = new SplitPreTokenizer(splitPattern);
  const counts = new Map<string, number>();
  for (const document of documents) {
    for (const word of splitter.pre_tokenize_text(toWellFormed(document))) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return {
    words: [...counts.keys()].map((word) => toByteSymbols(word).map((symbol) => ids.get(symbol)!)),
    counts: [...counts.values()],
  };
}

function checkSpecialTokens(texts: readonly string[]): void {
  for (const [i, text] of texts.entries()) {
    const fault =
      text === '' ? 'an empty text'
      : toWellFormed(text) !== text ? 'a lone surrogate'
      : alphabet.includes(text) ? `'${text}', which is a byte's token`
      : texts.indexOf(text) !== i ? `'${text}' twice`
      : undefined;
    if (fault !== undefined) {
      const expected = 'distinct texts, none of them a byte';
      throw new TokenizerError({ where: 'trainByteLevelBpe, specialTokens', expected, got: fault });
    }
  }
}
