import { describe, expect, test } from 'vitest';
import { closing, eager, policyContract } from '../testing/policy-contract.js';
import { syntheticView } from '../testing/synthetic-view.js';
import { ancestral } from './ancestral.js';
import { endLast } from './end-last.js';
import { confidenceThreshold, entropyBound } from './parallel.js';
import { entropy, lowConfidence, margin } from './ranked.js';
import { linear } from '../noise-schedule/schedules.js';

// a synthetic view proposes token i at the i-th open position
for (const [policy, pace] of [[lowConfidence], [margin], [entropy], [confidenceThreshold(0.4), eager], [entropyBound(), eager], [ancestral(linear), closing]] as const) {
  for (const { name, run } of policyContract(endLast(policy, [0, 2]), pace)) test(name, run);
}

describe('end tokens', () => {
  const scores = { probability: [0.9, 0.2, 0.95, 0.3], margin: [0.9, 0.2, 0.95, 0.3], entropy: [0.1, 2, 0.05, 1] };
  const view = (quota: number, open = [4, 5, 7, 9]) => syntheticView({ block: { start: 4, end: 10 }, step: 1, steps: 6, quota, open, revealed: [], scores, seed: 1 });

  test.each([lowConfidence, margin, entropy])('$name: come after all others, however sure', (policy) => {
    expect(policy.decide(view(2)).commit).toEqual([7, 4]); // the control: alone they come first
    expect(endLast(policy, [0, 2]).decide(view(2)).commit).toEqual([9, 5]);
    expect(endLast(policy, [0, 2]).decide(view(3)).commit).toEqual([9, 5, 4]);
    expect(endLast(policy, []).decide(view(4)).commit).toEqual(policy.decide(view(4)).commit);
  });

  test('are below every threshold, but do not stop a block of nothing else', () => {
    const policy = endLast(confidenceThreshold(0.25), [0, 2]);
    expect(policy.decide(view(1)).commit).toEqual([9]);
    expect(endLast(confidenceThreshold(0.25), [0, 1, 2, 3]).decide(view(1)).commit).toEqual([4]);
  });

  test('the wrapped policy is said', () => {
    expect(endLast(lowConfidence, [0]).name).toBe('low-confidence, end last');
  });
});
