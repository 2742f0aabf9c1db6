import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DatasetError } from './error.js';
import { cutAtSeparator, cutIntoWindows, textDataset } from './text-dataset.js';

describe('cutting', () => {
  test('at blank lines by default, at any separator on request', () => {
    expect(cutAtSeparator('\none\ntwo\n \n\n\nthree \n\n')).toEqual(['one\ntwo', 'three']);
    expect(cutAtSeparator('one<|end|>  <|end|>two', '<|end|>')).toEqual(['one', 'two']);
    expect(cutAtSeparator(' \n\n ')).toEqual([]);
  });

  test('windows hold all text but white space, none is longer than asked, no character is halved', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 120 }), fc.integer({ min: 2, max: 23 }), (text, length) => {
        const windows = cutIntoWindows(text, length);
        expect(windows.join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
        for (const window of windows) {
          expect(window.length).toBeLessThanOrEqual(length);
          expect(window).not.toMatch(/\p{Surrogate}/u);
        }
      }),
    );
  });

  test('windows end at words', () => {
    expect(cutIntoWindows('the cat sat on the mat', 9)).toEqual(['the cat', 'sat on', 'the mat']);
    expect(cutIntoWindows('abcdefghij k', 4)).toEqual(['abcd', 'efgh', 'ij k']);
  });

  test.each([1, 0, -3, 2.5, Number.NaN])('a length of %s is an error', (length) => {
    expect(() => cutIntoWindows('text', length)).toThrow(DatasetError);
  });
});

describe('textDataset', () => {
  const documents = Array.from({ length: 4000 }, (_, index) => `document number ${index}`);
  const sides = (options: { seed?: number; heldOutFraction?: number; documents?: readonly string[] }): { training: string[]; heldOut: string[] } => {
    const dataset = textDataset({ name: 'test', documents, ...options });
    return {
      training: Array.from({ length: dataset.trainingCount }, (_, index) => dataset.training(index)),
      heldOut: Array.from({ length: dataset.heldOutCount }, (_, index) => dataset.heldOut(index)),
    };
  };

  test('every document is on one side, in the old order, and about the wished share is held out', () => {
    for (const heldOutFraction of [0.05, 0.3]) {
      const { training, heldOut } = sides({ heldOutFraction });
      expect([...training, ...heldOut].toSorted()).toEqual(documents.toSorted());
      expect(heldOut).toEqual(documents.filter((document) => heldOut.includes(document)));
      expect(Math.abs(heldOut.length / documents.length - heldOutFraction)).toBeLessThan(0.03); // four standard deviations
    }
  });

  test('equal documents are on the same side, and new ones move nobody', () => {
    const before = sides({});
    const after = sides({ documents: ['something new', ...documents, ...documents] });
    expect(new Set(after.heldOut.filter((document) => document !== 'something new'))).toEqual(new Set(before.heldOut));
    expect(after.training.filter((document) => after.heldOut.includes(document))).toEqual([]);
  });

  test('the seed decides', () => {
    expect(sides({ seed: 1 })).toEqual(sides({ seed: 1 }));
    expect(sides({ seed: 1 }).heldOut).not.toEqual(sides({ seed: 2 }).heldOut);
  });

  test('says what is wrong', () => {
    expect(() => textDataset({ name: 'poems', documents: ['only one'] })).toThrow(/textDataset "poems": expected documents on both sides; got .* Cut the text/);
    expect(() => textDataset({ name: 'poems', documents, heldOutFraction: 1 })).toThrow(/held-out fraction between 0 and 1; got 1/);
    const dataset = textDataset({ name: 'poems', documents });
    expect(() => dataset.heldOut(dataset.heldOutCount)).toThrow(/textDataset "poems" heldOut: expected a document's number from 0 to/);
    expect(() => dataset.training(-1)).toThrow(DatasetError);
  });
});
