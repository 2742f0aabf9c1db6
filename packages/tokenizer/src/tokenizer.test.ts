import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tokenizers } from '../test/hugging-face.js';
import { TokenizerError } from './error.js';
import { createTokenizer } from './tokenizer.js';

const { tokenizerJson, tokenizer } = tokenizers.find(({ name }) => name === 'byte-level')!;
const [begin, end, mask] = [0, 1, 2];

/** A model whose vocabulary is so small that it can be written down. */
const small = (changes: { readonly model?: object; readonly addedTokens?: readonly object[]; readonly preTokenizer?: object } = {}): object => ({
  added_tokens: changes.addedTokens ?? [{ id: 0, content: '<e>', special: true }],
  normalizer: null,
  pre_tokenizer: changes.preTokenizer ?? null,
  decoder: { type: 'Fuse' },
  model: { type: 'BPE', vocab: { '<e>': 0, '<': 1, e: 2, '>': 3, '<e': 4 }, merges: [['<', 'e'], ['<e', '>']], ...changes.model },
});

describe('text that spells a special token', () => {
  test('stays text unless asked, whatever stands around it', () => {
    const pieces = fc.array(fc.oneof(fc.constantFrom('<|mask|>', '<|end|>', '<|', '|>', ' '), fc.string({ unit: 'binary', maxLength: 4 })), { maxLength: 8 });
    fc.assert(
      fc.property(pieces, (parts) => {
        const text = parts.join('');
        const ids = tokenizer.encode(text);
        expect(ids.every((id) => id > mask)).toBe(true);
        expect(tokenizer.decode(ids)).toBe(text);
        const recognised = tokenizer.encode(text, { special: true });
        expect(recognised.filter((id) => id <= mask).length).toBe(text.match(/<\|(mask|end|begin)\|>/g)?.length ?? 0);
        expect(tokenizer.decode(recognised)).toBe(text);
      }),
      { numRuns: 300 },
    );
  });

  test('becomes the token when asked', () => {
    expect([...tokenizer.encode('<|begin|><|mask|><|end|>', { special: true })]).toEqual([begin, mask, end]);
  });

  test.each(['\uD800<|mask|>', '\uDC00<|mask|>', '\u{10000}<|mask|>', '\uD800\uD800<|mask|>'])('cannot be forged with surrogates: %j', (text) => {
    expect(tokenizer.encode(text)).not.toContain(mask);
  });

  test('stays text where the model could merge it', () => {
    const merging = createTokenizer({ tokenizerJson: small(), tokenizerConfig: {} });
    expect([...merging.encode('<e>e')]).toEqual([4, 3, 2]);
    expect([...merging.encode('<e>e', { special: true })]).toEqual([0, 2]);
    const older = createTokenizer({ tokenizerJson: small({ model: { merges: ['< e', '<e >'] } }), tokenizerConfig: {} });
    expect([...older.encode('<e>e')]).toEqual([4, 3, 2]);
    const wholeWords = createTokenizer({ tokenizerJson: small({ model: { ignore_merges: true } }), tokenizerConfig: {} });
    expect([...wholeWords.encode('<e>')]).toEqual([4, 3]);
  });

  test('stays text in a Unigram model that lists it', () => {
    const vocab = [['<e>', 0], ['<', -3], ['e', -3], ['>', -3], ['<e', -4]];
    const unigram = createTokenizer({ tokenizerJson: small({ model: { type: 'Unigram', unk_id: 1, vocab } }), tokenizerConfig: {} });
    expect([...unigram.encode('<e>')]).toEqual([4, 3]);
    expect([...unigram.encode('<e>', { special: true })]).toEqual([0]);
    expect(unigram.decode([0, 2])).toBe('<e>e');
  });

  test('an unknown token is still found under its sealed name', () => {
    const model = { unk_token: '<e>' };
    expect([...createTokenizer({ tokenizerJson: small({ model }), tokenizerConfig: {} }).encode('e?')]).toEqual([2, 0]);
  });

  test('becomes the longest token that it spells', () => {
    const addedTokens = ['<e>', '<e>>', '<'].map((content, i) => ({ id: 10 + i, content, special: true }));
    const nested = createTokenizer({ tokenizerJson: small({ addedTokens }), tokenizerConfig: {} });
    expect([...nested.encode('<e>><e><', { special: true })]).toEqual([11, 10, 12]);
  });

  test('added tokens that are not special stay what they are', () => {
    const addedTokens = [{ id: 0, content: '<e>', special: true }, { id: 5, content: '<think>', special: false }];
    const thinking = createTokenizer({ tokenizerJson: small({ addedTokens }), tokenizerConfig: {} });
    expect([...thinking.encode('<think>e')]).toEqual([5, 2]);
    expect(thinking.decode([0, 5, 2], { skipSpecial: true })).toBe('<think>e');
  });
});

describe('special tokens', () => {
  const added = (...contents: readonly string[]): object => small({ addedTokens: contents.map((content, i) => ({ id: 10 + i, content, special: true })) });

  test('are named by tokenizer_config.json, then special_tokens_map.json, then ids', () => {
    const { special } = createTokenizer({
      tokenizerJson: added('<a>', '<b>', '<c>', '<d>'),
      tokenizerConfig: { eos_token: '<a>', pad_token: null },
      specialTokensMap: { eos_token: '<b>', bos_token: { content: '<b>', lstrip: false } },
      generationConfig: { eos_token_id: 12, pad_token_id: [13, 10], mask_token_id: 2 }, // 2 is the letter e
      modelConfig: { mask_token_id: 12, pad_token_id: 10 },
    });
    expect(special).toEqual({ end: 10, begin: 11, pad: 13, mask: 12 });
  });

  test('are absent where nothing names them', () => {
    const { special } = createTokenizer({ tokenizerJson: added('<a>'), tokenizerConfig: {}, generationConfig: { eos_token_id: 99, pad_token_id: -1 } });
    expect(special).toEqual({});
  });

  test.each(['<|mdm_mask|>', '<|mask|>', '<|MASK|>', '[MASK]', '<mask>'])('%s is a mask by its text', (text) => {
    expect(createTokenizer({ tokenizerJson: added('<a>', text), tokenizerConfig: {} }).special).toEqual({ mask: 11 });
  });

  test('count as special when a role names them, whatever their entry says', () => {
    const tokenizerJson = small({ addedTokens: [{ id: 7, content: '<x>', special: false }] });
    const named = createTokenizer({ tokenizerJson, tokenizerConfig: { eos_token: '<x>', bos_token: 'e' } });
    expect(named.special).toEqual({ end: 7, begin: 2 });
    expect(named.decode([2, 1, 7, 3], { skipSpecial: true })).toBe('<>');
    expect([...named.encode('<e>', { special: true })]).toEqual([1, 2, 3]);
  });

  test('may stand only in tokenizer_config.json', () => {
    const tokenizerConfig = { added_tokens_decoder: { 0: { content: '<e>', special: true }, 8: { content: '<|mask|>', special: true } } };
    const extended = createTokenizer({ tokenizerJson: small(), tokenizerConfig });
    expect(extended.special).toEqual({ mask: 8 });
    expect(extended.vocabularySize).toBe(9);
    expect(extended.decode([8, 2])).toBe('<|mask|>e');
  });

  test('a role that names a token which is not there is an error', () => {
    expect(() => createTokenizer({ tokenizerJson: small(), tokenizerConfig: { mask_token: '<gone>' } })).toThrow(/mask_token: expected a token of tokenizer.json; got "<gone>"/);
  });
});

describe('decode', () => {
  test.each([-1, 323, 1.5, Number.NaN])('refuses %d', (id) => {
    expect(() => tokenizer.decode([5, id])).toThrow(new TokenizerError({ where: 'decode', expected: 'a token id below 323', got: String(id) }));
  });

  test('of nothing is nothing', () => {
    expect(tokenizer.decode([])).toBe('');
    expect(tokenizer.decode([mask], { skipSpecial: true })).toBe('');
    expect(tokenizer.encode('')).toEqual(new Int32Array());
  });

  test('leaves spaces before punctuation alone, whatever the config says', () => {
    const cleaning = createTokenizer({ tokenizerJson, tokenizerConfig: { clean_up_tokenization_spaces: true } });
    expect(cleaning.decode(cleaning.encode("a , b ! it 's"))).toBe("a , b ! it 's");
  });

  test('keeps characters whose first half looks like the seal', () => {
    expect(tokenizer.decode(tokenizer.encode('\u{10000}<|mask|>\u{10000}', { special: true }))).toBe('\u{10000}<|mask|>\u{10000}');
  });
});

test('tokenText is what the token adds inside a text', () => {
  const fox = tokenizer.encode(' fox')[0]!;
  expect(tokenizer.tokenText(fox)).toBe(' fox');
  expect(tokenizer.tokenText(mask)).toBe('<|mask|>');
  expect(tokenizer.tokenText(tokenizer.encode('\u{10348}')[1]!)).toBe('\uFFFD');
});

test.each([
  [{ tokenizerJson: [], tokenizerConfig: {} }, /^tokenizer.json: expected an object; got \[\]/],
  [{ tokenizerJson: {}, tokenizerConfig: {} }, /^tokenizer.json, model: expected an object; got nothing/],
  [{ tokenizerJson: small(), tokenizerConfig: 7 }, /^tokenizer_config.json: expected an object; got 7/],
  [{ tokenizerJson: small({ addedTokens: [{ content: 'x' }] }), tokenizerConfig: {} }, /^added token: expected an object with an id and a content; got {"content":"x"}/],
  [{ tokenizerJson: small({ model: { vocab: { a: 'b' } } }), tokenizerConfig: {} }, /model.vocab: expected token texts with ids from 0; got "a" with "b"/],
  [{ tokenizerJson: small({ preTokenizer: { type: 'Telepathy' } }), tokenizerConfig: {} }, /can read; got 'Unknown PreTokenizer type: Telepathy'/],
])('malformed files %#', (files, message) => {
  expect(() => createTokenizer(files)).toThrow(TokenizerError);
  expect(() => createTokenizer(files)).toThrow(message);
});
