import { TokenizerError } from './error.js';
import { describe, isObject, isTokenId } from './parse.js';
import type { AddedToken, ParsedTokenizer, TokenizerFiles } from './parse.js';

/** Ids of the special tokens that the tokenizer has. */
export interface SpecialTokens {
  readonly mask?: number;
  readonly end?: number;
  readonly pad?: number;
  readonly begin?: number;
}

export interface ResolvedTokens {
  readonly special: SpecialTokens;
  /** All added tokens; the ones that a role names are special whatever their entry says. */
  readonly addedTokens: readonly AddedToken[];
}

const fileNames = { mask: 'mask_token', end: 'eos_token', pad: 'pad_token', begin: 'bos_token' } as const;
type Role = keyof typeof fileNames;
const roles = ['mask', 'end', 'pad', 'begin'] as const satisfies readonly Role[];

// LLaDA; Dream, LLaDA-MoE and this repository; SDAR; BERT; RoBERTa. Their files do not always name the role.
const usualMasks: readonly string[] = ['<|mdm_mask|>', '<|mask|>', '<|MASK|>', '[MASK]', '<mask>'];

/**
 * Which token plays which role: by text in tokenizer_config.json, then special_tokens_map.json; by id in
 * generation_config.json (the first, where there are several), then config.json; a mask also by its usual texts.
 *
 * @throws TokenizerError when a text is named that no token has.
 */
export function resolveSpecialTokens(files: TokenizerFiles, { vocabulary, addedTokens }: ParsedTokenizer): ResolvedTokens {
  const added = new Map(addedTokens.map((token) => [token.content, token.id]));
  const texts = new Map([...vocabulary, ...added].map(([text, id]) => [id, text]));
  const idOf = (text: string): number | undefined => added.get(text) ?? vocabulary.get(text);
  const found: { -readonly [R in Role]?: number } = {};
  for (const role of roles) {
    const text = tokenText(files.tokenizerConfig, fileNames[role]) ?? tokenText(files.specialTokensMap, fileNames[role]);
    const id =
      text === undefined
        ? [files.generationConfig, files.modelConfig].map((config) => tokenId(config, fileNames[role])).find((given) => given !== undefined && texts.has(given))
        : idOf(text);
    if (text !== undefined && id === undefined) {
      throw new TokenizerError({ where: `tokenizer_config.json, ${fileNames[role]}`, expected: 'a token of tokenizer.json', got: describe(text) });
    }
    if (id !== undefined) found[role] = id;
  }
  const usual = usualMasks.map(idOf).find((id) => id !== undefined);
  if (found.mask === undefined && usual !== undefined) found.mask = usual;

  const named = new Map(Object.values(found).map((id) => [texts.get(id)!, id]));
  const asSpecial = (content: string, id: number): AddedToken => ({ id, content, special: true, entry: {} });
  return {
    special: found,
    addedTokens: [
      ...addedTokens.map((token) => (named.has(token.content) ? { ...token, special: true } : token)),
      ...[...named].filter(([content]) => !added.has(content)).map(([content, id]) => asSpecial(content, id)),
    ],
  };
}

function tokenText(config: unknown, name: string): string | undefined {
  const value = isObject(config) ? config[name] : undefined;
  const text = isObject(value) ? value['content'] : value;
  return typeof text === 'string' ? text : undefined;
}

function tokenId(config: unknown, name: string): number | undefined {
  const value = isObject(config) ? config[`${name}_id`] : undefined;
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return isTokenId(first) ? first : undefined;
}
