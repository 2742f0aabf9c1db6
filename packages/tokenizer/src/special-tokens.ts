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
  const byText = (content: string): AddedToken | undefined => {
    const id = vocabulary.get(content);
    const added = addedTokens.find((token) => token.content === content);
    return added ?? (id === undefined ? undefined : { id, content, special: true, entry: {} });
  };
  const named = new Map<Role, AddedToken>();
  for (const [role, name] of roles) {
    const usual = role === 'mask' ? usualMasks.map(byText).find((token) => token !== undefined) : undefined;
    const token = namedByText(files, name, byText) ?? namedById(files, name, addedTokens) ?? usual;
    if (token !== undefined) named.set(role, { ...token, special: true });
  }
  const namedTokens = new Map([...named.values()].map((token) => [token.id, token]));
  return {
    special: Object.fromEntries([...named].map(([role, token]) => [role, token.id])),
    addedTokens: [...addedTokens.filter((token) => !namedTokens.has(token.id)), ...namedTokens.values()],
  };
}

function namedByText(
  { tokenizerConfig, specialTokensMap }: TokenizerFiles, name: string, byText: (text: string) => AddedToken | undefined,
): AddedToken | undefined {
  for (const [file, config] of [['tokenizer_config.json', tokenizerConfig], ['special_tokens_map.json', specialTokensMap]] as const) {
    const text = tokenText(config, name);
    if (text === undefined) continue;
    const token = byText(text);
    if (token !== undefined) return token;
    throw new TokenizerError({ where: `${file}, ${name}`, expected: 'a token of tokenizer.json', got: describe(text) });
  }
  return undefined;
}

/** Only added tokens: configs give -1 for none, rows that have no text, and defaults such as 0, which may be an ordinary `!`. */
function namedById(
  { generationConfig, modelConfig }: TokenizerFiles, name: string, addedTokens: readonly AddedToken[],
): AddedToken | undefined {
  const ids = [tokenId(generationConfig, name), tokenId(modelConfig, name)];
  return ids.map((id) => addedTokens.find((token) => token.id === id)).find((token) => token !== undefined);
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
