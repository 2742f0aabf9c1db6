import { expect, test } from 'vitest';
import type { ModelListing } from '../protocol/model.js';
import { usualModel } from './usual-model.js';

const model = (name: string, way: string, visibility = 'causal'): ModelListing =>
  ({ name, title: name, description: name, visibility, prediction: 'next', parameters: 1, maximumLength: 9, tellsInnerLosses: false, open: false, ways: [{ name: way, title: way, sentence: way, controls: [] }] });
const both = (models: readonly ModelListing[]): readonly (string | undefined)[] => [0, 1].map((lane) => usualModel(models, lane)?.name);

test('the lanes differ in how they write, where the models do', () => {
  const [ar, scans, diffusion] = [model('ar', 'autoregressive'), model('scans', 'autoregressive'), model('diffusion', 'masked-diffusion', 'bidirectional')];
  const blocks = model('blocks', 'block-diffusion', 'block-causal(4)');
  expect(both([ar, scans, diffusion])).toEqual(['ar', 'diffusion']);
  expect(both([diffusion, ar, scans])).toEqual(['diffusion', 'ar']);
  expect(both([ar, blocks, scans, diffusion])).toEqual(['ar', 'diffusion']);
  expect(both([ar, scans, blocks])).toEqual(['ar', 'blocks']);
  expect(both([ar, scans])).toEqual(['ar', 'scans']);
  expect(both([ar])).toEqual(['ar', 'ar']);
  expect(both([])).toEqual([undefined, undefined]);
});
