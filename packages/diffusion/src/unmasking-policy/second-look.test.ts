import { describe, expect, test } from 'vitest';
import { linear } from '../noise-schedule/schedules.js';
import { closing, eager, policyContract } from '../testing/policy-contract.js';
import { syntheticView } from '../testing/synthetic-view.js';
import { ancestral, remasking } from './ancestral.js';
import { lowConfidence } from './ranked.js';
import { secondLook } from './second-look.js';
import { sequential } from './sequential.js';

for (const [policy, pace] of [[secondLook(lowConfidence), eager], [secondLook(sequential, { sure: 0.5, doubtful: 1 }), eager], [secondLook(ancestral(linear)), closing], [secondLook(remasking(linear, 0.3), { sure: 0 }), closing]] as const) {
  for (const { name, run } of policyContract(policy, pace)) test(name, run);
}

describe('a second look', () => {
  const view = (change: { readonly step?: number; readonly steps?: number; readonly seed?: number; readonly committed?: readonly number[] } = {}) => syntheticView({
    block: { start: 10, end: 18 }, step: change.step ?? 3, steps: change.steps ?? 8, quota: 1, open: [10, 13, 15, 17], revealed: [11, 12, 14, 16],
    scores: { probability: [0.97, 0.4, 0.6, 0.95], committedProbability: change.committed ?? [0.2, 0.95, 0.6, 0.9] }, seed: change.seed ?? 1,
  });
  const revokedOver = (seeds: number, committed?: readonly number[]): ReadonlyMap<number | undefined, number> => {
    const counts = new Map<number | undefined, number>();
    for (let seed = 0; seed < seeds; seed++) {
      const { revoke = [] } = secondLook(lowConfidence).decide(view({ seed, ...(committed && { committed }) }));
      expect(revoke.length).toBeLessThanOrEqual(1);
      counts.set(revoke[0], (counts.get(revoke[0]) ?? 0) + 1);
    }
    return counts;
  };

  test('sure cells are committed beside what the policy takes', () => {
    expect(lowConfidence.decide(view()).commit).toEqual([10]);
    expect(secondLook(lowConfidence).decide(view()).commit).toEqual([10, 17]);
    expect(secondLook(lowConfidence, { sure: 0.96 }).decide(view()).commit).toEqual([10]);
    expect(secondLook(lowConfidence, { sure: 0.6 }).decide(view()).commit).toEqual([10, 15, 17]);
  });

  test('goes to one doubtful token, the more often the less sure it was', () => {
    const counts = revokedOver(3000);
    expect([...counts.keys()].sort()).toEqual([11, 14]); // 0.8 against 0.4; 0.95 and 0.9 are not doubtful
    expect(counts.get(11)! / 3000).toBeGreaterThan(0.63);
    expect(counts.get(11)! / 3000).toBeLessThan(0.70);
    expect([...revokedOver(20, [0.9, 0.95, 1, 0.91]).keys()]).toEqual([undefined]);
  });

  test('only while a pass is left for it', () => {
    // two cells stay open: three passes are needed with one more
    expect(secondLook(lowConfidence).decide(view({ step: 4 })).revoke).toHaveLength(1); // 3 left
    expect(secondLook(lowConfidence).decide(view({ step: 5 })).revoke).toHaveLength(0); // 2 left
    expect(secondLook(lowConfidence).decide(view({ step: 9 })).revoke).toHaveLength(0);
  });

  test('thresholds that are none are refused', () => {
    expect(() => secondLook(lowConfidence, { sure: 1.5 })).toThrow('secondLook: sure: expected a probability from 0 to 1; got 1.5');
    expect(() => secondLook(lowConfidence, { doubtful: Number.NaN })).toThrow('secondLook: doubtful: expected a probability from 0 to 1; got NaN');
  });
});
