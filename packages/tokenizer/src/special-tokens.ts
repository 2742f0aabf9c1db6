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

type Role = keyof SpecialTokens;
const roles: readonly (readonly [Role, string])[] = [
  ['mask', 'mask_token'], ['end', 'eos_token'], ['pad', 'pad_token'], ['begin', 'bos_token'],
];

// LLaDA; Dream, LLaDA-MoE and this repository; SDAR; BERT; RoBERTa. Their files do not always name the role.
const usualMasks: readonly string[] = ['<|mdm_mask|>', '<|mask|>', '<|MASK|>', '[MASK]', '<mask>'];

/**
 * Which token plays which role: by text in tokenizer_config.json, then special_tokens_map.json; by id in
 * generation_config.json (the first, where there are several), then config.json, if it is an added token's; a mask also
 * by its usual texts.
 *
 * @throws TokenizerError when a text is named that no token has.
 */
export function resolveSpecialTokens(files: TokenizerFiles, { vocabulary, addedTokens }: ParsedTokenizer): ResolvedTokens {
  const ids = new Map([...vocabulary, ...addedTokens.map((token): [string, number] => [token.content, token.id])]);
  const texts = new Map([...ids].map(([text, id]) => [id, text]));
  const special: { -readonly [R in Role]?: number } = {};
  for (const [role, name] of roles) {
    const id = idByText(files, name, ids) ?? idByNumber(files, name, addedTokens) ?? (role === 'mask' ? usualMask(ids) : undefined);
    if (id !== undefined) special[role] = id;
  }
  const named = new Map(Object.values(special).map((id) => [texts.get(id)!, id]));
  const withoutEntry = [...named].filter(([content]) => !addedTokens.some((token) => token.content === content));
  return {
    special,
    addedTokens: [
      ...addedTokens.map((token) => (named.has(token.content) ? { ...token, special: true } : token)),
      ...withoutEntry.map(([content, id]) => ({ id, content, special: true, entry: {} })),
    ],
  };
}

type Ids = ReadonlyMap<string, number>;

function idByText({ tokenizerConfig, specialTokensMap }: TokenizerFiles, name: string, ids: Ids): number | undefined {
  for (const [file, config] of [['tokenizer_config.json', tokenizerConfig], ['special_tokens_map.json', specialTokensMap]] as const) {
    const text = tokenText(config, name);
    if (text === undefined) continue;
    const id = ids.get(text);
    if (id !== undefined) return id;
    throw new TokenizerError({ where: `${file}, ${name}`, expected: 'a token of tokenizer.json', got: describe(text) });
  }
  return undefined;
}

/** Only of added tokens: configs give -1 for none, rows that have no text, and defaults such as 0, which may be an ordinary `!`. */
function idByNumber({ generationConfig, modelConfig }: TokenizerFiles, name: string, added: readonly AddedToken[]): number | undefined {
  return [tokenId(generationConfig, name), tokenId(modelConfig, name)].find((id) => added.some((token) => token.id === id));
}

const usualMask = (ids: Ids): number | undefined => usualMasks.map((text) => ids.get(text)).find((id) => id !== undefined);

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
