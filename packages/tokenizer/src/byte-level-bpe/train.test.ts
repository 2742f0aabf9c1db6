import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TokenizerError } from '../error.js';
import { createTokenizer } from '../tokenizer.js';
import type { TokenizerFiles } from '../parse.js';
import { alphabet, toByteSymbols } from './alphabet.js';
import { trainByteLevelBpe } from './train.js';

const documents = [
  'The fox sat by the old well. "Where is the lantern?" asked Mira. It wasn\'t there; it\'s lost.',
  'Mira and the fox looked for the lantern by the well, and the fox found the lantern under the old oak.\n\n',
  'Größe, naïve café: 東京の狐 🦊🦊 1234 5678 1234',
];
const trained = trainByteLevelBpe({ documents, vocabularySize: 341, minimumCount: 1, specialTokens: { pad: '<|pad|>', begin: '<|begin|>', end: '<|end|>', mask: '<|mask|>' } });
const tokenizer = createTokenizer(trained);

interface Json {
  readonly model: { readonly vocab: Readonly<Record<string, number>>; readonly merges: readonly (readonly [string, string])[] };
}
const json = (files: TokenizerFiles): Json => files.tokenizerJson as Json; // what trainByteLevelBpe writes; the format is checked against Python's in test/oracle.test.ts

/** Merges applied in their order, each to the whole word. */
function applyMergesInOrder(word: string): number[] {
  let parts = toByteSymbols(word);
  for (const [left, right] of json(trained).model.merges) {
    const next: string[] = [];
    for (let i = 0; i < parts.length; i++) {
      const joins = parts[i] === left && parts[i + 1] === right;
      next.push(joins ? left + right : parts[i]!);
      if (joins) i++;
    }
    parts = next;
  }
  return parts.map((part) => json(trained).model.vocab[part]!);
}

describe('trainByteLevelBpe', () => {
  test('numbers special tokens first, then the bytes, then merges', () => {
    const { vocab, merges } = json(trained).model;
    const byId = Object.entries(vocab).sort(([, a], [, b]) => a - b);
    expect(byId.map(([, id]) => id)).toEqual(Array.from({ length: 341 }, (_, id) => id));
    expect(byId.slice(0, 260).map(([text]) => text)).toEqual(['<|pad|>', '<|begin|>', '<|end|>', '<|mask|>', ...alphabet]);
    expect(merges.length).toBeGreaterThanOrEqual(341 - 260);
    expect(tokenizer.special).toEqual({ pad: 0, begin: 1, end: 2, mask: 3 });
    expect(tokenizer.vocabularySize).toBe(341);
  });

  test('has a token for each byte', () => {
    expect(new Set(alphabet).size).toBe(256);
    expect(toByteSymbols(' \n\0é')).toEqual(['Ġ', 'Ċ', 'Ā', 'Ã', '©']);
  });

  test('any text comes back from its ids', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.string({ unit: 'grapheme', maxLength: 60 })), (text) => {
        const ids = tokenizer.encode(text);
        expect(tokenizer.decode(ids)).toBe(text);
        expect(ids.every((id) => id > 3 && id < 341)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test.each(['\uFEFFbyte order mark', '\u0085next line', 'U+10000 \u{10000}\u{10FFFF}', '\r\n\t \u00A0\u2028', '\uFFFD real'])('%j comes back', (text) => {
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  });

  test('a lone surrogate becomes U+FFFD', () => {
    expect(tokenizer.decode(tokenizer.encode('a\uD800b\uDC00'))).toBe('a\uFFFDb\uFFFD');
    expect(tokenizer.decode(tokenizer.encode('\uD800<|mask|>'))).toBe('\uFFFD<|mask|>');
  });

  test('the library merges as the merges in their order say', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-fhlnortuw]{1,12}$/), (word) => {
        expect(Array.from(tokenizer.encode(word))).toEqual(applyMergesInOrder(word));
      }),
      { numRuns: 400 },
    );
    expect(tokenizer.encode(' lantern').length).toBe(1);
  });

  test('depends on what the documents say, not on their order', () => {
    const order = { vocabularySize: 320, minimumCount: 1 };
    expect(trainByteLevelBpe({ ...order, documents: documents.toReversed() })).toEqual(trainByteLevelBpe({ ...order, documents }));
    const { vocab } = json(trainByteLevelBpe({ ...order, documents: documents.slice(1) })).model;
    expect(vocab).not.toEqual(json(trainByteLevelBpe({ ...order, documents })).model.vocab);
  });

  test('stops early where no pair repeats, and says how far it is', () => {
    const seen: number[] = [];
    const files = trainByteLevelBpe({ documents: ['abab cd'], vocabularySize: 400, specialTokens: {}, onProgress: ({ tokens, of }) => seen.push(tokens, of) });
    expect(createTokenizer(files).vocabularySize).toBe(257);
    expect(seen).toEqual([257, 400]);
    const once = trainByteLevelBpe({ documents: ['abab cd'], vocabularySize: 400, specialTokens: {}, minimumCount: 1 });
    expect(createTokenizer(once).vocabularySize).toBe(260);
  });

  test('never learns a token that spells a special one', () => {
    const files = trainByteLevelBpe({ documents: ['stop stop stop stop'], vocabularySize: 300, specialTokens: { end: 'stop' } });
    const { encode, decode } = createTokenizer(files);
    expect(encode('stop')).not.toContain(0);
    expect(decode(encode('stop stop'))).toBe('stop stop');
    expect(Array.from(encode('stop', { special: true }))).toEqual([0]);
  });

  test.each([
    [{ vocabularySize: 258 }, /at least 259 \(3 special tokens and 256 bytes\); got 258/],
    [{ vocabularySize: 300.5 }, /got 300.5/],
    [{ vocabularySize: 300, specialTokens: { end: '' } }, /an empty text/],
    [{ vocabularySize: 300, specialTokens: { end: 'a' } }, /a byte's token/],
    [{ vocabularySize: 300, specialTokens: { end: '<x>', mask: '<x>' } }, /'<x>' twice/],
    [{ vocabularySize: 300, specialTokens: { end: 'x\uD800' } }, /lone surrogate/],
  ])('refuses %j', (options, message) => {
    const train = (): unknown => trainByteLevelBpe({ documents, ...options });
    expect(train).toThrow(TokenizerError);
    expect(train).toThrow(message);
  });

  test('has room for exactly the special tokens and bytes', () => {
    expect(json(trainByteLevelBpe({ documents, vocabularySize: 259 })).model.merges).toEqual([]);
    expect(createTokenizer(trainByteLevelBpe({ documents, vocabularySize: 259 })).encode('fox').length).toBe(3);
  });
});
