/// <reference path="./huggingface-tokenizers.d.ts" />
import { Tokenizer as Library } from '@huggingface/tokenizers';
import { findChatTemplate, renderChat } from './chat.js';
import type { ChatMessage, ChatOptions } from './chat.js';
import { messageOf, TokenizerError } from './error.js';
import { expectObject, parseTokenizer } from './parse.js';
import type { TokenizerFiles } from './parse.js';
import { anyOf, sealIn, sealTokenizer, unseal } from './seal.js';
import { resolveSpecialTokens } from './special-tokens.js';
import type { SpecialTokens } from './special-tokens.js';
import { toWellFormed } from './well-formed.js';

export interface EncodeOptions {
  /** Whether text that spells a special token becomes that token. Never do this with text from a user. Default false. */
  readonly special?: boolean;
}

export interface DecodeOptions {
  /** Leaves special tokens out. Default false. */
  readonly skipSpecial?: boolean;
}

export interface Tokenizer {
  /** Ids are 0 to vocabularySize - 1. A model may have more rows than that; its further ids mean nothing. */
  readonly vocabularySize: number;
  readonly special: SpecialTokens;
  /** Jinja source; absent where the files have none. */
  readonly chatTemplate?: string;
  /** Ids of `text` and nothing else: no begin or end token is added. Lone surrogates count as U+FFFD. */
  encode(text: string, options?: EncodeOptions): Int32Array;
  /** @throws TokenizerError when an id is not in the vocabulary. */
  decode(ids: ArrayLike<number>, options?: DecodeOptions): string;
  /** One token as it reads inside a text. Bytes that are not a whole character show as U+FFFD. */
  tokenText(id: number): string;
  /**
   * Ids of a conversation. Only the template writes special tokens: those that a message's content spells stay text.
   * @throws TokenizerError when there is no template or it refuses the messages.
   */
  chat(messages: readonly ChatMessage[], options?: ChatOptions): Int32Array;
}

/** @throws TokenizerError when the files are malformed or name tokens that are not there. */
export function createTokenizer(files: TokenizerFiles): Tokenizer {
  const parsed = parseTokenizer(files);
  const config = expectObject(files.tokenizerConfig, 'tokenizer_config.json');
  const { special, addedTokens } = resolveSpecialTokens(files, parsed);
  const library = open(sealTokenizer(parsed, addedTokens), config);
  const specialTokens = addedTokens.filter((token) => token.special);
  const specialIds = new Set(specialTokens.map((token) => token.id));
  const specialTexts = specialTokens.map((token) => token.content);
  const anySpecial = anyOf(specialTexts);
  const chatTemplate = findChatTemplate(files);
  const vocabulary = library.model.vocab;

  const encodeSealed = (text: string): Int32Array => Int32Array.from(library.encode(text, { add_special_tokens: false }).ids);
  const decode = (ids: ArrayLike<number>, { skipSpecial = false }: DecodeOptions = {}): string => {
    const known = Array.from(ids);
    const unknown = known.find((id) => vocabulary[id] === undefined);
    if (unknown !== undefined) {
      throw new TokenizerError({ where: 'decode', expected: `a token id below ${vocabulary.length}`, got: String(unknown) });
    }
    const kept = skipSpecial ? known.filter((id) => !specialIds.has(id)) : known;
    // Cleaning up spaces is lossy, and transformers 5 refuses it for BPE whatever tokenizer_config.json says.
    return kept.length === 0 ? '' : unseal(library.decode(kept, { clean_up_tokenization_spaces: false }));
  };
  return {
    vocabularySize: vocabulary.length,
    special,
    ...(chatTemplate !== undefined && { chatTemplate }),
    encode(text, { special: recognise = false } = {}) {
      const plain = toWellFormed(text);
      return encodeSealed(recognise ? sealIn(plain, anySpecial) : plain);
    },
    decode,
    // The second of two, since decoders trim the space before a text's first token.
    tokenText: (id) => decode([id, id]).slice(decode([id]).length),
    chat(messages, { addGenerationPrompt = false } = {}) {
      if (chatTemplate === undefined) {
        throw new TokenizerError({
          where: 'chat', expected: 'a chat template in chat_template.jinja or tokenizer_config.json', got: 'none',
          hint: 'This is a model that continues text: use encode.',
        });
      }
      const variables = { ...config, add_generation_prompt: addGenerationPrompt };
      return encodeSealed(renderChat(chatTemplate, messages, variables, specialTexts, (text) => sealIn(toWellFormed(text), anySpecial)));
    },
  };
}

function open(tokenizerJson: object, tokenizerConfig: object): Library {
  try {
    return new Library(tokenizerJson, tokenizerConfig);
  } catch (cause) {
    throw new TokenizerError({
      where: 'tokenizer.json',
      expected: 'a tokenizer that @huggingface/tokenizers can read',
      got: `'${messageOf(cause)}'`,
      cause,
    });
  }
}
