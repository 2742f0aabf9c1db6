import { readFileSync } from 'node:fs';
import type { Tokenizer } from '../src/index.js';
import { createTokenizer } from '../src/index.js';

export interface Case {
  readonly text: string;
  readonly plain: readonly number[];
  readonly special: readonly number[];
  readonly decoded: string;
  readonly skipped: string;
}

interface Fixture {
  /** Where the library that we wrap decodes otherwise than Python's. */
  readonly divergences: readonly { readonly tokenizer: string; readonly text: string; readonly reason: string }[];
  readonly documents: readonly string[];
  readonly tokenizers: readonly { readonly name: string; readonly tokenizerJson: string; readonly cases: readonly Case[] }[];
}

// Written by tools/oracle/tokenizer_fixture.py, which has these fields.
const fixture = JSON.parse(readFileSync(new URL('fixtures/hugging-face.json', import.meta.url), 'utf8')) as Fixture;

export const diverges = (name: string, text: string): boolean =>
  fixture.divergences.some((divergence) => divergence.tokenizer === name && divergence.text === text);

export const documents: readonly string[] = fixture.documents;

/** Tokenizers of three makes, trained by Python's `tokenizers`, and what it does with them. */
export const tokenizers: readonly { readonly name: string; readonly tokenizerJson: unknown; readonly tokenizer: Tokenizer; readonly cases: readonly Case[] }[] =
  fixture.tokenizers.map(({ name, tokenizerJson, cases }) => {
    const json: unknown = JSON.parse(tokenizerJson);
    return { name, tokenizerJson: json, cases, tokenizer: createTokenizer({ tokenizerJson: json, tokenizerConfig: {} }) };
  });
