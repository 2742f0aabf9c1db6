import { createTokenizer, decodeCells, trainByteLevelBpe, type Tokenizer } from '@palimpsest/tokenizer';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { layOutSheet } from './cells.js';
import type { CellTokenizer } from './source.js';

const story = 'Once upon a time there was a small fox. The fox said: “Où est ma 日本 boule?” 🦊🦊 '.repeat(9);
const tokenizer: Tokenizer = createTokenizer(trainByteLevelBpe({ documents: [story], vocabularySize: 330 }));
const cells: CellTokenizer = { ...tokenizer, decodeCells: (ids, mask) => decodeCells(tokenizer, ids, mask) };
const mask = tokenizer.special.mask ?? 0;

const anyId = fc.integer({ min: 0, max: tokenizer.vocabularySize - 1 }); // bytes that are half a character among them
const anyStep = fc.record({ scrape: fc.boolean(), positions: fc.uniqueArray(fc.nat(30), { minLength: 1, maxLength: 6 }), ids: fc.array(anyId, { minLength: 6, maxLength: 6 }) });

test('the reader is shown what decoding the whole page anew would show, and told of nothing else', () => {
  fc.assert(
    fc.property(fc.array(anyId, { maxLength: 9 }), fc.array(anyStep, { maxLength: 12 }), (prompt, steps) => {
      const sheet = layOutSheet(cells, Int32Array.from(prompt), mask);
      const page: (number | undefined)[] = [...prompt];
      const seen: string[] = [...sheet.texts()];
      for (const { scrape, positions, ids } of steps) {
        const places = Int32Array.from(positions, (position) => prompt.length + position);
        places.forEach((place, index) => {
          while (page.length < place) page.push(undefined);
          page[place] = scrape ? undefined : ids[index];
        });
        const changes = scrape ? sheet.scrape(places) : sheet.write(places, Int32Array.from(ids).subarray(0, places.length));
        for (const [position, text] of changes) {
          expect(seen[position] ?? '').not.toBe(text);
          seen[position] = text;
        }
        const whole = decodeCells(tokenizer, Int32Array.from(page, (id) => id ?? mask), mask);
        expect(Array.from(page, (_, position) => seen[position] ?? '')).toEqual(Array.from(page, (id, position) => (id === undefined ? '' : whole[position])));
        expect(sheet.texts()).toEqual(Array.from(page, (_, position) => seen[position] ?? ''));
      }
    }),
    { numRuns: 300 },
  );
});

test('a character whose bytes come one by one is shown once it is whole', () => {
  const ids = tokenizer.encode('é€');
  expect(ids.length).toBeGreaterThan(2);
  const sheet = layOutSheet(cells, new Int32Array(), mask);
  const seen: string[] = [];
  const pages = Array.from(ids, (id, position) => {
    for (const [place, text] of sheet.write(Int32Array.of(position), Int32Array.of(id))) seen[place] = text;
    return seen.join('');
  });
  expect(pages.at(-1)).toBe('é€');
  for (const page of pages) expect('é€'.startsWith(page.replace(/\uFFFD$/, ''))).toBe(true);
});

test('a guess is the token’s own text', () => {
  const sheet = layOutSheet(cells, new Int32Array(), mask);
  const ids = tokenizer.encode('the fox');
  expect(sheet.guess(ids).join('')).toContain(' fox');
  expect(sheet.guess(Int32Array.of(...ids, ...ids))).toEqual([...sheet.guess(ids), ...sheet.guess(ids)]);
});
