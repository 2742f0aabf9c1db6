import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { margin, negativeEntropy, probability } from './confidence.js';
import { exponential } from './exponential.js';
import { argmax, logSumExp, softmax } from './softmax.js';
import { topIds } from './top.js';

const row = fc.array(fc.float({ min: -60, max: 60, noNaN: true }), { minLength: 2, maxLength: 37 }).map((logits) => Float32Array.from(logits));
const softmaxNaive = (logits: Float32Array, temperature: number): number[] => {
  const largest = Math.max(...logits);
  const weights = Array.from(logits, (logit) => Math.exp((logit - largest) / temperature));
  return weights.map((weight) => weight / weights.reduce((sum, other) => sum + other, 0));
};
const expectClose = (actual: number, expected: number, relative = 1e-12): void =>
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(relative * Math.abs(expected) + 1e-300);

describe('exponential', () => {
  test('has a relative error below 1e-13', () => {
    fc.assert(fc.property(fc.double({ min: -700, max: 700, noNaN: true }), (x) => {
      expectClose(exponential(x), Math.exp(x), 1e-13);
    }), { numRuns: 5000 });
  });

  test('ends as Math.exp does', () => {
    for (const x of [0, -Infinity, Infinity, Number.NaN, -1e300, 1e300, -746, 710]) expect(exponential(x)).toBe(Math.exp(x));
  });
});

describe('softmax and confidence', () => {
  test('softmax, log-sum-exp and the three measures agree with their definitions', () => {
    fc.assert(
      fc.property(row, fc.double({ min: 0.1, max: 5, noNaN: true }), fc.nat(36), (logits, temperature, draw) => {
        const naive = softmaxNaive(logits, temperature);
        for (const [id, p] of softmax(logits, temperature).entries()) expectClose(p, naive[id]!);
        const p = softmaxNaive(logits, 1);
        const id = draw % logits.length;
        const ranked = [...p].sort((a, b) => b - a);
        expect(logSumExp(logits)).toBeCloseTo(Math.max(...logits) - Math.log(ranked[0]!), 11);
        expectClose(probability(logits, id), p[id]!);
        expect(margin(logits, id)).toBeCloseTo(ranked[0]! - ranked[1]!, 12);
        expect(negativeEntropy(logits, id)).toBeCloseTo(p.reduce((sum, value) => sum + (value === 0 ? 0 : value * Math.log(value)), 0), 11);
      }),
    );
  });

  test('a banned token, at -Infinity, has probability 0 and leaves the measures finite', () => {
    const logits = Float32Array.of(1, -Infinity, 1);
    expect([...softmax(logits)]).toEqual([0.5, 0, 0.5]);
    expect(probability(logits, 1)).toBe(0);
    expect(margin(logits, 0)).toBe(0);
    expectClose(negativeEntropy(logits, 0), -Math.LN2);
  });

  test('rows that are no distribution are refused', () => {
    for (const logits of [Float32Array.of(0, Number.NaN), Float32Array.of(Infinity, 0), Float32Array.of(-Infinity, -Infinity), Float32Array.of()]) {
      for (const read of [softmax, logSumExp]) expect(() => read(logits)).toThrow('logits: expected numbers or -Infinity');
    }
    expect(() => softmax(Float32Array.of(0, 1), 0)).toThrow('softmax: expected a temperature above 0; got 0.');
  });
});

describe('argmax and topIds', () => {
  test('agree with a stable sort, ties included', () => {
    const coarse = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 60 }).map((logits) => Float32Array.from(logits));
    fc.assert(
      fc.property(coarse, fc.integer({ min: 1, max: 70 }), fc.nat(59), (logits, count, gap) => {
        const ranges = [{ start: 0, end: Math.min(gap, logits.length) }, { start: Math.min(gap + 2, logits.length), end: logits.length }];
        const ranked = [...logits.keys()].filter((id) => id < gap || id >= gap + 2).sort((a, b) => logits[b]! - logits[a]! || a - b);
        expect([...topIds(logits, count, ranges, new Int32Array(count))]).toEqual(ranked.slice(0, count));
        expect(argmax(logits)).toBe(logits.indexOf(Math.max(...logits)));
      }),
    );
  });
});
