import type { TokenizerFiles } from '../parse.js';

/** Texts of the special tokens, each present or absent. */
export interface SpecialTokenTexts {
  readonly pad?: string;
  readonly begin?: string;
  readonly end?: string;
  readonly mask?: string;
}

interface SplitPattern {
  readonly type: string;
  readonly pattern: { readonly Regex: string };
  readonly behavior: string;
  readonly invert: boolean;
}

/**
 * GPT-2's pattern (Radford et al. 2019, `encoder.py`), written as a Split so that every reader of tokenizer.json takes
 * the same characters for white space: a bare `\s` inside ByteLevel means JavaScript's set here and Unicode's in Rust.
 */
export const splitPattern: SplitPattern = {
  type: 'Split',
  pattern: { Regex: String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+` },
  behavior: 'Isolated',
  invert: false,
};

/**
 * tokenizer.json and tokenizer_config.json of a byte-level BPE tokenizer, as Hugging Face's libraries read and write them.
 *
 * `symbols` are the vocabulary in the order of ids, special tokens first; `merges` pairs of ids.
 */
export function formatByteLevelBpe(
  symbols: readonly string[],
  merges: readonly (readonly [number, number])[],
  special: SpecialTokenTexts,
): TokenizerFiles {
  const texts = specialTexts(special);
  const addedTokens = texts.map((content, id) => ({
    id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true,
  }));
  return {
    tokenizerJson: {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: addedTokens,
      normalizer: null,
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [splitPattern, { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false }],
      },
      post_processor: null,
      decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: false,
        vocab: Object.fromEntries(symbols.map((symbol, id) => [symbol, id])),
        merges: merges.map(([left, right]) => [symbols[left], symbols[right]]),
      },
    },
    tokenizerConfig: {
      tokenizer_class: 'PreTrainedTokenizerFast',
      clean_up_tokenization_spaces: false,
      added_tokens_decoder: Object.fromEntries(addedTokens.map(({ id, ...token }) => [String(id), token])),
      ...(special.begin !== undefined && { bos_token: special.begin }),
      ...(special.end !== undefined && { eos_token: special.end }),
      ...(special.pad !== undefined && { pad_token: special.pad }),
      ...(special.mask !== undefined && { mask_token: special.mask }),
    },
  };
}

/** In the order of their ids: pad, begin, end, mask. */
export function specialTexts({ pad, begin, end, mask }: SpecialTokenTexts): string[] {
  return [pad, begin, end, mask].filter((text) => text !== undefined);
}
