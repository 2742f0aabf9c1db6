import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tokenizers } from '../test/hugging-face.js';
import { decodeCells } from './cells.js';

const [byteLevel, byteFallback, wordPiece] = tokenizers.map(({ tokenizer }) => tokenizer);
const anyText = fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }), fc.string({ unit: 'grapheme', maxLength: 30 }), fc.constantFrom('The fox.', ' 🦊é 京'));

describe.each(tokenizers)('the cells of a $name tokenizer', ({ tokenizer }) => {
  const ofText = anyText.filter((text) => !text.includes('\uFEFF')).map((text) => tokenizer.encode(text));
  const anyIds = fc.array(fc.nat(tokenizer.vocabularySize - 1), { maxLength: 25 }).map((ids) => Int32Array.from(ids));

  test('join to the decoded text where nothing is masked', () => {
    fc.assert(
      fc.property(fc.oneof(ofText, anyIds), (ids) => {
        const cells = decodeCells(tokenizer, ids, -1);
        expect(cells.length).toBe(ids.length);
        expect(cells.join('')).toBe(tokenizer.decode(ids));
      }),
      { numRuns: 300 },
    );
  });

  test('are empty under a mask, and elsewhere as if the text between masks stood alone', () => {
    fc.assert(
      fc.property(ofText, fc.array(fc.nat(), { maxLength: 4 }), (ids, masks) => {
        const canvas = Int32Array.from(ids, (id, i) => (masks.some((at) => at % ids.length === i) ? tokenizer.special.mask! : id));
        const cells = decodeCells(tokenizer, canvas);
        for (const [i, id] of canvas.entries()) if (id === tokenizer.special.mask) expect(cells[i]).toBe('');
        const runs = [...canvas].map((id) => (id === tokenizer.special.mask ? '|' : String(id))).join(' ').split('|').map((run) => run.split(' ').filter(Boolean).map(Number));
        const texts = runs.map((run) => tokenizer.decode(run));
        const shown = [...canvas].map((id, i) => (id === tokenizer.special.mask ? '\n|' : cells[i]!)).join('').split('\n|');
        expect(shown.map((text) => text.trimStart())).toEqual(texts.map((text) => text.trimStart()));
      }),
      { numRuns: 300 },
    );
  });
});

describe('decodeCells', () => {
  test('shows a character at its first token, U+FFFD while its end is masked', () => {
    const ids = byteLevel!.encode('a\u{10348}b');
    expect(decodeCells(byteLevel!, ids)).toEqual(['a', '\u{10348}', '', '', '', 'b']);
    const masked = Int32Array.from(ids);
    masked[3] = byteLevel!.special.mask!;
    expect(decodeCells(byteLevel!, masked)).toEqual(['a', '\uFFFD', '', '', '\uFFFD', 'b']);
  });

  test('shows the mask where another id stands for it', () => {
    const ids = Int32Array.from([byteLevel!.special.mask!, 36, 37]);
    expect(decodeCells(byteLevel!, ids, 36)).toEqual(['<|mask|>', '', byteLevel!.tokenText(37)]);
  });

  test.each([[byteFallback!], [wordPiece!]])('keeps the space of a word after a mask', (tokenizer) => {
    const the = Array.from({ length: tokenizer.vocabularySize }, (_, id) => id).find((id) => tokenizer.tokenText(id) === ' the')!;
    expect(decodeCells(tokenizer, Int32Array.from([the, tokenizer.special.mask!, the]))).toEqual(['the', '', ' the']);
  });
});
