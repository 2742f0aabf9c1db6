import { expect, test } from 'vitest';
import { drawnToken, neededForChoice, neededForRow } from './needed.js';
import { parseSampling } from './settings.js';
import type { SamplingSettings } from './settings.js';

const [logits, draw] = [{ give: 'logits' }, { give: 'draw', temperature: 1, banned: Int32Array.of() }];

test.each<[SamplingSettings, unknown, unknown]>([
  [{ temperature: 0 }, { give: 'top', top: 1 }, { give: 'top', top: 1 }],
  [{ temperature: 0, topP: 0.5, banned: [3, 8] }, { give: 'top', top: 3 }, { give: 'top', top: 3 }],
  [{ temperature: 0.5, topK: 4, topP: 0.9 }, { give: 'top', top: 4 }, { give: 'top', top: 4 }],
  [{ topP: 0.9 }, logits, logits],
  [{}, draw, logits],
  [{ topK: 9 }, draw, logits],
  [{ temperature: 0.3, banned: [7, 2] }, { give: 'draw', temperature: 0.3, banned: Int32Array.of(7, 2) }, logits],
])('%j: what has to be known for a choice, and of the whole row', (settings, forChoice, forRow) => {
  const sampling = parseSampling(settings, 9);
  expect(neededForChoice(sampling)).toEqual(forChoice);
  expect(neededForRow(sampling)).toEqual(forRow);
});

test('a token that the model drew has its probability; one from a row of NaN is an error', () => {
  expect(drawnToken(4, Math.log(0.3))).toEqual({ id: 4, probability: expect.closeTo(0.3, 12) });
  expect(drawnToken(4, -Infinity)).toEqual({ id: 4, probability: 0 });
  expect(() => drawnToken(4, Number.NaN)).toThrow('drawnToken: expected a log-probability that is a number; got NaN for token 4. The model produced it');
});
