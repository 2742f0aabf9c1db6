import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Control } from '../protocol/control.js';
import { decodeScene, encodeScene, readDraft, readSeed } from './link.js';

const controls: readonly Control[] = [
  { kind: 'number', name: 'temperature', title: '', hint: '', minimum: 0, maximum: 2, step: 0.05, initial: 0.7 },
  { kind: 'number', name: 'steps', title: '', hint: '', minimum: 1, maximum: 64, step: 1, initial: 32 },
  { kind: 'choice', name: 'policy', title: '', hint: '', options: [{ value: 'a b', title: '' }, { value: 'c&d=#', title: '' }], initial: 'a b' },
  { kind: 'switch', name: 'draft', title: '', hint: '', initial: true },
];
const anyLane = fc.record({
  model: fc.string(),
  way: fc.string(),
  seed: fc.maxSafeNat(),
  settings: fc.record({
    temperature: fc.double({ min: 0, max: 2, noNaN: true }).map((value) => value + 0), // no -0, which a text cannot tell from 0
    steps: fc.integer({ min: 1, max: 64 }),
    policy: fc.constantFrom('a b', 'c&d=#'),
    draft: fc.boolean(),
  }),
});

test('a link says all that a scene has', () => {
  fc.assert(
    fc.property(fc.record({ prompt: fc.string({ unit: 'grapheme', maxLength: 20 }), lanes: fc.array(anyLane, { maxLength: 3 }) }), (scene) => {
      const { prompt, lanes } = decodeScene(`#${encodeScene(scene)}`);
      expect(prompt).toBe(scene.prompt);
      expect(lanes.map((lane) => ({ model: lane.get('model'), way: lane.get('way'), seed: readSeed(lane.get('seed')), settings: readDraft(lane, controls) }))).toEqual(scene.lanes);
    }),
  );
});

test('what a link says wrongly, or does not say, is left at its initial value', () => {
  const initial = { temperature: 0.7, steps: 32, policy: 'a b', draft: true };
  const wrong = [
    'a.temperature=3', 'a.temperature=', 'a.temperature=warm', 'a.temperature=NaN', 'a.steps=1.5', 'a.steps=0', 'a.steps=65', 'a.policy=x', 'a.draft=yes', 'a.other=1', 'x=1', '',
  ];
  for (const hash of wrong) expect(readDraft(decodeScene(hash).lanes[0] ?? new Map(), controls)).toEqual(initial);
  expect(readDraft(decodeScene('a.steps=64&a.draft=false').lanes[0] ?? new Map(), controls)).toEqual({ ...initial, steps: 64, draft: false });
});

test('any text at all can be read', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }).map((bytes) => String.fromCharCode(...bytes)), (hash) => void decodeScene(hash)));
  for (const seed of ['-1', '1.5', '', ' ', 'x', '1e99', undefined]) expect(readSeed(seed)).toBe(undefined);
  expect([readSeed('0'), readSeed(' 42 ')]).toEqual([0, 42]);
});
