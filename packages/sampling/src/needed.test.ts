import { expect, test } from 'vitest';
import { drawnToken, neededForChoice } from './needed.js';
import { parseSampling } from './settings.js';
import type { SamplingSettings } from './settings.js';

const draw = { give: 'draw', temperature: 1, topP: 1, banned: Int32Array.of() };

test.each<[SamplingSettings, unknown]>([
  [{ temperature: 0 }, { give: 'top', top: 1 }],
  [{ temperature: 0, topP: 0.5, banned: [3, 8] }, { give: 'top', top: 3 }],
  [{ temperature: 0.5, topK: 4, topP: 0.9 }, { give: 'top', top: 4 }],
  [{ topP: 0.9 }, { ...draw, topP: 0.9 }],
  [{}, draw],
  [{ topK: 9 }, draw],
  [{ temperature: 0.3, banned: [7, 2] }, { ...draw, temperature: 0.3, banned: Int32Array.of(7, 2) }],
])('%j: what has to be known for a choice', (settings, needed) => {
  expect(neededForChoice(parseSampling(settings, 9))).toEqual(needed);
});

test('a token that the model drew has its probability; one from a row of NaN is an error', () => {
  expect(drawnToken(4, Math.log(0.3))).toEqual({ id: 4, probability: expect.closeTo(0.3, 12) });
  expect(drawnToken(4, -Infinity)).toEqual({ id: 4, probability: 0 });
  expect(() => drawnToken(4, Number.NaN)).toThrow('drawnToken: expected a log-probability that is a number; got NaN for token 4. The model produced it');
});
