import { expect, test } from 'vitest';
import { initialSettings } from '../../protocol/control.js';
import type { ModelSummary } from '../../protocol/model.js';
import { waysFor } from './index.js';

const model: ModelSummary = { name: 'm', title: 'M', description: 'D.', visibility: 'bidirectional', prediction: 'same', parameters: 1, maximumLength: 300, tellsInnerLosses: false };
const settingsOf = (of: ModelSummary): object => initialSettings(waysFor(of)[0]!.controls(of));

test('controls stand where the card of a model has them, the number of its policy too', () => {
  const usual = settingsOf(model);
  const sampling = { temperature: 0.35, topP: 0.9, topK: 7, blockLength: 16, policy: 'position-weighted=0.2', secondLook: true };
  const { policy: _, ...same } = sampling;
  expect(settingsOf({ ...model, sampling })).toEqual({ ...usual, ...same, policy: 'position-weighted', decay: 0.2 });
  expect(settingsOf({ ...model, sampling: { policy: 'margin' } })).toEqual({ ...usual, policy: 'margin' });
});

test('what a control does not take is left as usual', () => {
  const sampling = { temperature: 99, blockLength: 1e6, policy: 'confidence-threshold=7' };
  expect(settingsOf({ ...model, sampling })).toEqual({ ...(settingsOf(model)), policy: 'confidence-threshold' });
  expect(settingsOf({ ...model, sampling: { policy: 'unheard' } })).toEqual(settingsOf(model));
});
