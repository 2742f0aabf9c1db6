import type { AddedToken, ParsedTokenizer } from './parse.js';

/**
 * The library finds special tokens in any text it is given, so a user who types `<|end|>` would write the real token.
 * Here it knows each special token by a sealed name, the text after a lone surrogate, which no well-formed text
 * contains. Text becomes special tokens only where `sealIn` has put the seal.
 */
const seal = '\uD800';
const seals = /\uD800(?![\uDC00-\uDFFF])/g;

/** tokenizer.json with every special token under its sealed name, wherever the plain one could be spelled. */
export function sealTokenizer({ json, model, vocabulary }: ParsedTokenizer, addedTokens: readonly AddedToken[]): object {
  const special = new Set(addedTokens.filter((token) => token.special).map((token) => token.content));
  const sealed = (text: unknown): unknown => (typeof text === 'string' && special.has(text) ? seal + text : text);
  const inVocabulary = [...special].some((text) => vocabulary.has(text));
  return {
    normalizer: null,
    pre_tokenizer: null,
    decoder: null,
    ...json,
    // It would add the begin and end tokens; whoever wants them has their ids.
    post_processor: null,
    added_tokens: addedTokens.map(({ id, content, special: isSpecial, entry }) =>
      isSpecial ? { ...entry, id, content: seal + content, special: true, normalized: false } : { ...entry, id, content }),
    model: {
      ...model,
      ...('unk_token' in model && { unk_token: sealed(model['unk_token']) }),
      ...(inVocabulary && { vocab: sealVocabulary(model['vocab'], sealed) }),
      ...(Array.isArray(model['merges']) && { merges: model['merges'].filter((merge: unknown) => !special.has(spelledBy(merge))) }),
    },
  };
}

function sealVocabulary(vocab: unknown, sealed: (text: unknown) => unknown): unknown {
  if (Array.isArray(vocab)) return vocab.map((entry: unknown) => (Array.isArray(entry) ? [sealed(entry[0]), ...entry.slice(1)] : entry));
  return Object.fromEntries(Object.entries(vocab ?? {}).map(([text, id]) => [sealed(text), id]));
}

/** A merge is written 'left right' or ['left', 'right']. */
const spelledBy = (merge: unknown): string => (Array.isArray(merge) ? merge.join('') : String(merge).replace(' ', ''));

/** Matches each of `texts`, the longest first. */
export function anyOf(texts: readonly string[]): RegExp {
  const longestFirst = [...texts].sort((a, b) => b.length - a.length).map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(longestFirst.join('|') || '(?!)', 'g');
}

export const sealIn = (text: string, specialTexts: RegExp): string => text.replace(specialTexts, (match) => seal + match);
export const unseal = (text: string): string => text.replace(seals, '');
