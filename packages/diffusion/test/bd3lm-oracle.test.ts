import { readFileSync } from 'node:fs';
import { firstHitting } from '@palimpsest/diffusion';
import { syntheticView } from '@palimpsest/diffusion/testing';
import { expect, test } from 'vitest';

interface RecordedPass {
  readonly masked: readonly number[];
  readonly revealed: readonly number[];
}

test('first-hitting in the published BD3-LM: one token to a pass, any masked position of the block; ours makes the same choice of the same number', () => {
  const passes = JSON.parse(readFileSync(new URL('../../../tools/oracle/fixtures/bd3lm/first-hitting.json', import.meta.url), 'utf8')) as readonly RecordedPass[];
  expect(passes.map(({ masked }) => masked.length)).toEqual([3, 2, 1, 4, 3, 2, 1, 4, 3, 2, 1]); // the first token is given
  for (const [step, { masked, revealed }] of passes.entries()) {
    const block = { start: masked[0]!, end: masked.at(-1)! + 1 };
    const view = syntheticView({ block, step, steps: 4, quota: 1, open: masked, revealed: [], scores: {}, seed: 1 });
    const drawn = (masked.indexOf(revealed[0]!) + 0.5) / masked.length; // a number that falls on the published choice
    expect(firstHitting.decide({ ...view, chance: () => drawn }).commit).toEqual(revealed);
  }
});
