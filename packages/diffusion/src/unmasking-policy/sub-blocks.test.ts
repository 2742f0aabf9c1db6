import { describe, expect, test } from 'vitest';
import { linear } from '../noise-schedule/schedules.js';
import { eager, policyContract } from '../testing/policy-contract.js';
import { syntheticView, syntheticViews } from '../testing/synthetic-view.js';
import { remasking } from './ancestral.js';
import { confidenceThreshold } from './parallel.js';
import { lowConfidence, margin } from './ranked.js';
import { secondLook } from './second-look.js';
import { sequential } from './sequential.js';
import { subBlocks } from './sub-blocks.js';
import type { StepView } from './unmasking-policy.js';

for (const policy of [lowConfidence, margin, confidenceThreshold(0.4)]) {
  for (const size of [1, 3, 8]) for (const { name, run } of policyContract(subBlocks(policy, size), eager)) test(`${name}; ${size}`, run);
}

describe('parts of a block', () => {
  const probability = [0.2, 0.3, 0.9, 0.4, 0.99];
  const view = (quota: number, open: readonly number[], revealed: readonly number[] = []): StepView =>
    syntheticView({ block: { start: 10, end: 20 }, step: 1, steps: 9, quota, open, revealed, scores: { probability, committedProbability: revealed.map((position) => position / 100) }, seed: 1 });

  test('the first with an open cell is written, however sure the others are', () => {
    expect(lowConfidence.decide(view(2, [11, 12, 13, 15, 19])).commit).toEqual([19, 13]); // the control
    expect(subBlocks(lowConfidence, 4).decide(view(2, [11, 12, 13, 15, 19])).commit).toEqual([13, 12]);
    expect(subBlocks(lowConfidence, 4).decide(view(4, [11, 12, 13, 15, 19])).commit).toEqual([13, 12, 11]);
    expect(subBlocks(lowConfidence, 4).decide(view(4, [15, 16, 17, 18, 19])).commit).toEqual([17, 16, 15]);
    expect(subBlocks(lowConfidence, 100).decide(view(3, [11, 12, 13, 15, 19])).commit).toEqual(lowConfidence.decide(view(3, [11, 12, 13, 15, 19])).commit);
  });

  test('parts of one are from left to right', () => {
    for (const each of syntheticViews(60)) expect(subBlocks(lowConfidence, 1).decide(each).commit).toEqual(sequential.decide({ ...each, quota: 1 }).commit);
  });

  test('what is finished is not taken back, and doubt is that of the position', () => {
    const seen: [number, number][] = [];
    const watching = { name: 'watching', decide: ({ revealed, committedProbability, open }: StepView) => {
      revealed.forEach((position, index) => seen.push([position, committedProbability(index)]));
      return { commit: [open[0]!] };
    } };
    subBlocks(watching, 4).decide(view(1, [15, 18], [10, 11, 12, 13, 14, 16, 19]));
    expect(seen).toEqual([[14, 0.14], [16, 0.16]]);
    for (const each of syntheticViews(60)) {
      const { revoke = [] } = subBlocks(remasking(linear, 0.9), 4).decide(each);
      for (const position of revoke) expect(position).toBeGreaterThanOrEqual(each.open[0]! - 3);
    }
    expect(subBlocks(secondLook(lowConfidence), 4).name).toBe('low-confidence, second look, 4 at a time');
  });

  test('a size that is none is refused', () => {
    expect(() => subBlocks(lowConfidence, 0)).toThrow('subBlocks: expected a positive integer size; got 0.');
  });
});
