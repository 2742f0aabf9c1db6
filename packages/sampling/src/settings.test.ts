import { expect, test } from 'vitest';
import { SamplingError } from './error.js';
import { parseSampling } from './settings.js';

test('fills in what is absent and turns bans into the ranges between them', () => {
  expect(parseSampling({}, 5)).toEqual({ vocabularySize: 5, temperature: 1, topK: 5, topP: 1, banned: new Set(), allowed: [{ start: 0, end: 5 }] });
  expect(parseSampling({ topK: 99 }, 5).topK).toBe(5);
  expect(parseSampling({ banned: [7, 0, 4, 3, 7] }, 8).allowed).toEqual([{ start: 1, end: 3 }, { start: 5, end: 7 }]);
});

test('says which setting is out of range, what was expected and what came', () => {
  expect(() => parseSampling({ temperature: -0.5 }, 5)).toThrow('sampling settings, temperature: expected a number of at least 0; got -0.5.');
  expect(() => parseSampling({ topP: 0 }, 5)).toThrow('topP: expected a number above 0, up to 1; got 0. Leave it out to draw from all tokens.');
  expect(() => parseSampling({ topK: 0 }, 5)).toThrow('topK: expected an integer of at least 1; got 0.');
  expect(() => parseSampling({ banned: [2, 5] }, 5)).toThrow('banned: expected token ids from 0 to 4; got 5.');
  expect(() => parseSampling({ banned: [0, 1, 2] }, 3)).toThrow('banned: expected fewer than all 3 tokens; got 3.');
  const bad = [
    { temperature: Number.NaN }, { temperature: Infinity }, { topK: 1.5 }, { topK: Number.NaN }, { topP: 1.01 }, { topP: -0.1 }, { topP: Number.NaN },
    { banned: [-1] }, { banned: [0.5] },
  ];
  for (const settings of bad) expect(() => parseSampling(settings, 5)).toThrow(SamplingError);
});
