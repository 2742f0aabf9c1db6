import { describe, expect, test } from 'vitest';
import { trainByteLevelBpe } from '../src/index.js';
import { diverges, documents, tokenizers } from './hugging-face.js';

describe.each(tokenizers)("a $name tokenizer trained by Python's library", ({ name, tokenizer, cases }) => {
  test.each(cases)('$text', ({ text, plain, special, decoded, skipped }) => {
    expect(Array.from(tokenizer.encode(text))).toEqual(plain);
    expect(Array.from(tokenizer.encode(text, { special: true }))).toEqual(special);
    // A divergence that has gone fails here, so that the list stays true.
    if (diverges(name, text)) return expect(tokenizer.decode(special)).not.toBe(decoded);
    expect(tokenizer.decode(special)).toBe(decoded);
    expect(tokenizer.decode(special, { skipSpecial: true })).toBe(skipped);
  });
});

test("our trainer writes the tokenizer.json that Python's library writes, merge by merge", () => {
  const { tokenizerJson } = trainByteLevelBpe({ documents, vocabularySize: 330 });
  expect(tokenizerJson).toEqual(tokenizers.find(({ name }) => name === 'byte-level')!.tokenizerJson);
});
