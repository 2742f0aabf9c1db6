import { describe, expect, test } from 'vitest';
import { cosine, linear, polynomial } from '../noise-schedule/schedules.js';
import { closing, eager, policyContract, readsPlan } from '../testing/policy-contract.js';
import type { Pace } from '../testing/policy-contract.js';
import { syntheticView, syntheticViews } from '../testing/synthetic-view.js';
import { ancestral, remasking } from './ancestral.js';
import { endLast } from './end-last.js';
import { firstHitting } from './first-hitting.js';
import { confidenceFactor, confidenceThreshold, entropyBound } from './parallel.js';
import { positionWeighted, positionWeightedEntropy } from './position-weighted.js';
import { entropy, lowConfidence, margin, random } from './ranked.js';
import { secondLook } from './second-look.js';
import { sequential, sequentialThreshold } from './sequential.js';
import { subBlocks } from './sub-blocks.js';
import { thresholdOrQuota } from './threshold-or-quota.js';
import type { StepView, UnmaskingPolicy } from './unmasking-policy.js';

/** The quota, or more. */
const atLeastPlanned: Pace = ({ quota, open }) => ({ least: Math.min(quota, open.length), most: open.length });
const single: Pace = () => ({ least: 1, most: 1 });

const cases = [
  ...[lowConfidence, random, margin, entropy, sequential, positionWeighted(), positionWeighted(0), positionWeighted(3), positionWeightedEntropy(), positionWeightedEntropy(0)].flatMap((policy) => policyContract(policy)),
  ...[confidenceThreshold(), confidenceThreshold(0.3), confidenceFactor(), confidenceFactor(3), entropyBound(), entropyBound(2), sequentialThreshold(), sequentialThreshold(0.2)].flatMap((policy) =>
    policyContract(policy, eager),
  ),
  ...[thresholdOrQuota({ threshold: 0.5 }), thresholdOrQuota({ threshold: 0.9, least: 3 })].flatMap((policy) => policyContract(policy, atLeastPlanned)),
  ...policyContract(firstHitting, single),
  ...[ancestral(linear), ancestral(cosine), remasking(linear), remasking(polynomial(2), 0.4)].flatMap((policy) => policyContract(policy, closing)),
];
for (const { name, run } of cases) test(name, run);

describe('policyContract', () => {
  let calls = 0;
  const commitAll = (view: StepView): number[] => Array.from(view.open);
  const broken: readonly (readonly [law: string, policy: UnmaskingPolicy, pace?: Pace])[] = [
    ['commits open positions', { ...lowConfidence, decide: (view) => ({ commit: Array.from({ length: view.quota }, (_, index) => view.block.start + index) }) }],
    ['commits open positions', { ...lowConfidence, decide: (view) => ({ commit: Array.from({ length: view.quota }, () => view.open[0]!) }) }],
    ['commits open positions', { ...lowConfidence, decide: (view) => ({ commit: [...commitAll(view), view.block.end] }) }, eager],
    ['revokes revealed positions', { ...lowConfidence, decide: (view) => ({ commit: commitAll(view).slice(1), revoke: commitAll(view).slice(0, 1) }) }, closing],
    ['keeps its pace', { ...lowConfidence, decide: (view) => ({ commit: commitAll(view) }) }],
    ['keeps its pace', confidenceThreshold(0.5)],
    ['keeps its pace', { ...lowConfidence, decide: (view) => ({ commit: commitAll(view).slice(0, view.quota - 1) }) }],
    ['keeps its pace', { ...ancestral(linear), decide: (view) => ({ commit: commitAll(view).filter((position) => view.chance(position) < 0.9) }) }, closing],
    ['decides the same', { ...lowConfidence, decide: (view) => ({ commit: commitAll(view).slice(0, 1 + (calls++ % 2)) }) }, eager],
    ['ignores the plan', { ...lowConfidence, ignoresPlan: true }],
    ['ignores the plan', { ...ancestral(linear), ignoresPlan: true }, closing],
    ['leaves the view', { ...lowConfidence, decide: (view) => ({ commit: Array.from(view.open.reverse()).slice(0, view.quota) }) }],
    ['fills every block', { ...lowConfidence, decide: () => ({ commit: [] }) }, closing],
    ['fills every block', { ...lowConfidence, decide: (view) => ({ commit: commitAll(view).slice(0, 1), revoke: Array.from(view.revealed) }) }, eager],
    ['commits open positions', { ...margin, decide: (view) => ({ commit: [view.open[view.margin(view.open.length)]!] }) }],
  ];
  for (const [index, [law, policy, pace]] of broken.entries()) {
    test(`control ${index}: a policy that does not keep the law "${law}" fails it`, () => {
      const broken = policyContract(policy, pace).find(({ name }) => name.includes(law));
      expect(broken?.run).toThrow();
    });
  }
});

test.each([
  lowConfidence, random, margin, entropy, sequential, positionWeighted(), positionWeightedEntropy(), thresholdOrQuota({ threshold: 0.5 }), ancestral(linear), remasking(linear), firstHitting, sequentialThreshold(0.5),
  confidenceThreshold(0.5), confidenceFactor(), entropyBound(), subBlocks(lowConfidence, 3), subBlocks(entropyBound(), 3), endLast(firstHitting, [1]), secondLook(entropyBound()),
])('$name says whether it ignores the plan', (policy) => {
  expect(policy.ignoresPlan === true).toBe(!syntheticViews(80).some((view) => readsPlan(policy, view)));
});

/** Six open positions 10 to 15 and two revealed ones before them. */
const viewOf = (probability: readonly number[], more: Partial<Parameters<typeof syntheticView>[0]> = {}): StepView =>
  syntheticView({
    block: { start: 8, end: 16 }, step: 1, steps: 4, quota: 3, open: [10, 11, 12, 13, 14, 15], revealed: [8, 9], scores: { probability }, seed: 5, ...more,
  });

describe('which positions', () => {
  const probability = [0.2, 0.95, 0.6, 0.95, 0.1, 0.6];

  test('low confidence takes the most probable, ties to the lowest position', () => {
    expect(lowConfidence.decide(viewOf(probability)).commit).toEqual([11, 13, 12]);
  });

  test('margin and entropy order by their own numbers', () => {
    const scores = { probability, margin: [0.1, 0.2, 0.5, 0.3, 0.4, 0.3], entropy: [0.3, 2, 2, 0.1, 0.2, 1] };
    expect(margin.decide(viewOf(probability, { scores })).commit).toEqual([12, 14, 13]);
    expect(entropy.decide(viewOf(probability, { scores })).commit).toEqual([13, 14, 10]);
  });

  test('position weighting lets a cell on the left win where it is not much less sure', () => {
    // against 0.95 at 11: 0.2 at 10 wins once e^-decay < 0.2 / 0.95, a decay of 1.558; 0.95 at 13 falls behind 0.6 at 12 from ln(0.95 / 0.6) = 0.4595
    expect(positionWeighted(0).decide(viewOf(probability)).commit).toEqual(lowConfidence.decide(viewOf(probability)).commit);
    expect(positionWeighted(0.45).decide(viewOf(probability)).commit).toEqual([11, 13, 12]);
    expect(positionWeighted(0.47).decide(viewOf(probability)).commit).toEqual([11, 12, 13]);
    expect(positionWeighted(1.55).decide(viewOf(probability)).commit).toEqual([11, 10, 12]);
    expect(positionWeighted(1.57).decide(viewOf(probability)).commit).toEqual([10, 11, 12]);
  });

  test('the same by doubt does not look at the drawn words', () => {
    const view = (decay: number): readonly number[] => {
      const scores = { probability: [0.2, 0.95, 0.6, 0.95, 0.1, 0.6], entropy: [1.1, 0.4, 0.2, 1.5, 0.9, 0.3] };
      return positionWeightedEntropy(decay).decide(syntheticView({ block: { start: 10, end: 16 }, step: 0, steps: 2, quota: 3, open: [10, 11, 12, 13, 14, 15], revealed: [], scores, seed: 1 })).commit;
    };
    expect(view(0)).toEqual([12, 15, 11]);
    expect(view(0.15)).toEqual([12, 11, 15]);
    expect(view(0.17)).toEqual([12, 11, 10]); // 0.3 at 15 falls behind 1.1 at 10 from a decay of 0.8 / 5
    expect(view(0.21)).toEqual([11, 12, 10]); // and 0.2 at 12 behind 0.4 at 11 from 0.2
  });

  test('position weighting still tells far positions apart', () => {
    const open = Array.from({ length: 900 }, (_, index) => 100 + index);
    const view = syntheticView({ block: { start: 100, end: 1000 }, step: 0, steps: 9, quota: 3, open, revealed: [], scores: { probability: open.map(() => 0.5) }, seed: 1 });
    expect(positionWeighted(2).decide(view).commit).toEqual([100, 101, 102]);
  });

  test('random takes every position equally often', () => {
    const counts = new Map<number, number>();
    for (let seed = 0; seed < 1500; seed++) {
      for (const position of random.decide(viewOf(probability, { seed })).commit) counts.set(position, (counts.get(position) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 750)).toBeLessThan(4 * Math.sqrt(375));
  });

  test('threshold takes the best and all that reach it', () => {
    expect(confidenceThreshold(0.6).decide(viewOf(probability)).commit).toEqual([11, 13, 12, 15]);
    expect(confidenceThreshold(0.99).decide(viewOf(probability)).commit).toEqual([11]);
    expect(confidenceThreshold(0).decide(viewOf(probability)).commit).toHaveLength(6);
  });

  test('threshold or quota takes all above the threshold where they are at least the quota, the surest of the quota otherwise', () => {
    expect(thresholdOrQuota({ threshold: 0.55 }).decide(viewOf(probability)).commit).toEqual([11, 13, 12, 15]);
    expect(thresholdOrQuota({ threshold: 0.6 }).decide(viewOf(probability)).commit).toEqual([11, 13, 12]); // above, not at
    expect(thresholdOrQuota({ threshold: 0.99 }).decide(viewOf(probability)).commit).toEqual([11, 13, 12]);
    expect(thresholdOrQuota({ threshold: 0.99 }).decide(viewOf(probability, { quota: 1 })).commit).toEqual([11]);
    expect(thresholdOrQuota({ threshold: 0.99, least: 2 }).decide(viewOf(probability, { quota: 1 })).commit).toEqual([11, 13]);
    expect(thresholdOrQuota({ threshold: 0.8, least: 9 }).decide(viewOf(probability, { quota: 1 })).commit).toHaveLength(6);
  });

  test('sequential threshold takes the leftmost and the sure ones right of it, up to the first that is not', () => {
    const commit = (threshold: number, of: readonly number[] = [0.2, 0.95, 0.6, 0.95, 0.1, 0.6]): readonly number[] => sequentialThreshold(threshold).decide(viewOf(of)).commit;
    expect(commit(0.6)).toEqual([10, 11, 12, 13]); // at the threshold counts; 15 lies behind a doubtful one
    expect(commit(0.61)).toEqual([10, 11]);
    expect(commit(0.96)).toEqual([10]);
    expect(commit(0)).toHaveLength(6);
    expect(commit(0.5, [0.9, 0.1, 0.9, 0.9, 0.9, 0.9])).toEqual([10]);
    expect(() => sequentialThreshold(1.1)).toThrow('sequentialThreshold: expected a probability from 0 to 1; got 1.1. 1 writes one token to a pass.');
  });

  test('sequential takes the leftmost, first hitting any one equally often', () => {
    expect(sequential.decide(viewOf([], { quota: 2 })).commit).toEqual([10, 11]);
    const counts = new Map<number, number>();
    for (let seed = 0; seed < 1500; seed++) {
      const [position] = firstHitting.decide(viewOf([], { seed })).commit;
      counts.set(position!, (counts.get(position!) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 250)).toBeLessThan(4 * Math.sqrt(250));
  });

  test('factor stops at the first that falls short', () => {
    // 1 - 1 / (r + 1) for r = 2, 3, 4: 0.667, 0.75, 0.8
    expect(confidenceFactor(1).decide(viewOf([0.3, 0.9, 0.7, 0.76, 0.81, 0.79])).commit).toEqual([11, 14, 15]);
    expect(confidenceFactor(1).decide(viewOf([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])).commit).toEqual([15]);
    expect(confidenceFactor(9).decide(viewOf(probability)).commit).toHaveLength(6);
  });

  test('entropy bound counts all but the largest entropy taken', () => {
    const scores = { probability, entropy: [0.5, 0.01, 0.02, 3, 0.04, 0.08] };
    // ascending 0.01 0.02 0.04 0.08 0.5 3: sums before each 0 0.01 0.03 0.07 0.15 0.65
    expect(entropyBound(0.1).decide(viewOf(probability, { scores })).commit).toEqual([11, 12, 14, 15]);
    expect(entropyBound(0.15 + 1e-9).decide(viewOf(probability, { scores })).commit).toEqual([11, 12, 14, 15, 10]);
    expect(entropyBound(0.005).decide(viewOf(probability, { scores })).commit).toEqual([11, 12].slice(0, 1));
  });
});

describe('ancestral sampling', () => {
  const share = (policy: UnmaskingPolicy, pick: 'commit' | 'revoke', cells: number, more: Partial<Parameters<typeof syntheticView>[0]>): number => {
    let sum = 0;
    for (let seed = 0; seed < 1500; seed++) sum += (policy.decide(viewOf([], { seed, ...more }))[pick] ?? []).length;
    return sum / 1500 / cells;
  };
  const tolerance = 4 * Math.sqrt(0.25 / 3000);

  test('reveals with the probability of the schedule', () => {
    // step 1 of 4: from t = 3/4 to 1/2
    expect(Math.abs(share(ancestral(linear), 'commit', 6, {}) - 1 / 3)).toBeLessThan(tolerance);
    const ofCosine = 1 - Math.cos(Math.PI / 4) / Math.cos(Math.PI / 8);
    expect(Math.abs(share(ancestral(cosine), 'commit', 6, {}) - ofCosine)).toBeLessThan(tolerance);
  });

  test('remasking revokes with its probability, and reveals so much more that the masked fraction stays on schedule', () => {
    const policy = remasking(linear, 0.3);
    const revoked = share(policy, 'revoke', 2, {});
    const revealed = share(policy, 'commit', 6, {});
    expect(Math.abs(revoked - 0.3)).toBeLessThan(tolerance);
    expect(Math.abs(0.25 * (1 - revoked) + 0.75 * revealed - 0.5)).toBeLessThan(2 * tolerance);
  });

  test('remasking is capped by (1 - keep(s)) / keep(t)', () => {
    // step 2 of 4: from t = 1/2 to 1/4, cap 1/2
    expect(Math.abs(share(remasking(linear, 1), 'revoke', 2, { step: 2 }) - 0.5)).toBeLessThan(tolerance);
  });
});

test('settings out of range are refused', () => {
  expect(() => confidenceThreshold(1.2)).toThrow('a probability from 0 to 1; got 1.2. Fast-dLLM uses 0.9.');
  expect(() => confidenceFactor(0)).toThrow('a positive factor; got 0');
  expect(() => entropyBound(Number.NaN)).toThrow('a positive bound; got NaN');
  expect(() => positionWeighted(-0.1)).toThrow('a decay of at least 0 for each position; got -0.1');
  expect(() => positionWeightedEntropy(-1)).toThrow('positionWeightedEntropy: expected a decay of at least 0 for each position; got -1');
  expect(() => positionWeighted(Number.NaN)).toThrow('a decay of at least 0 for each position; got NaN');
  expect(() => thresholdOrQuota({ threshold: 2 })).toThrow('thresholdOrQuota: expected a threshold from 0 to 1; got 2');
  expect(() => thresholdOrQuota({ threshold: 0.9, least: 0 })).toThrow('a positive integer least; got 0');
  expect(() => remasking(linear, -0.1)).toThrow('a probability from 0 to 1; got -0.1');
});
