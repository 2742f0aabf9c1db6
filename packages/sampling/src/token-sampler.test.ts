import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { candidateSampler, candidatesNeeded } from './candidate-sampler.js';
import { SamplingError } from './error.js';
import { gumbelSampler } from './gumbel-sampler.js';
import { openUniformAt, randomStream, uniformAt } from './random.js';
import { parseSampling } from './settings.js';
import type { SamplingSettings } from './settings.js';
import { logSumExp } from './softmax.js';
import { distributionNaive, invertNaive } from './token-sampler.naive.js';
import { categoricalSampler } from './token-sampler.js';
import type { TokenSampler } from './token-sampler.js';

const seeds = [0, 1, 2 ** 40 + 3];
const logitsOf = (size: number, seed: number, spread = 2): Float32Array => {
  const stream = randomStream(seed, size);
  return Float32Array.from({ length: size }, () => spread * stream.normal());
};

/** Chi-square of `draws` samples against probabilities; tokens that should come less than five times are taken together. */
function chiSquare(sample: (draw: number) => number, probabilities: readonly number[], draws: number): { statistic: number; freedom: number } {
  const counts = probabilities.map(() => 0);
  for (let draw = 0; draw < draws; draw++) counts[sample(draw)]! += 1;
  const cells = new Map<number, { count: number; expected: number }>();
  for (const [id, p] of probabilities.entries()) {
    if (p === 0) expect(counts[id]).toBe(0);
    const key = p * draws < 5 ? -1 : id;
    const cell = cells.get(key) ?? { count: 0, expected: 0 };
    cells.set(key, { count: cell.count + counts[id]!, expected: cell.expected + p * draws });
  }
  const filled = [...cells.values()].filter(({ expected }) => expected > 0);
  return { statistic: filled.reduce((sum, { count, expected }) => sum + (count - expected) ** 2 / expected, 0), freedom: filled.length - 1 };
}

/** Wilson and Hilferty 1931: the chi-square statistic as a standard normal number. */
const deviation = ({ statistic, freedom }: { statistic: number; freedom: number }): number =>
  (Math.cbrt(statistic / freedom) - (1 - 2 / (9 * freedom))) / Math.sqrt(2 / (9 * freedom));

const settingsTried: readonly SamplingSettings[] = [
  {},
  { temperature: 0.6 },
  { temperature: 1.7, banned: [0, 4, 10] },
  { topK: 3 },
  { topP: 0.8, banned: [2] },
  { temperature: 1.3, topK: 7, topP: 0.9, banned: [1] },
];

describe('categoricalSampler', () => {
  test('draws what inverting the naive distribution with the same uniform number gives', () => {
    const anySettings = fc.record(
      {
        temperature: fc.double({ min: 0.05, max: 4, noNaN: true }),
        topK: fc.integer({ min: 1, max: 90 }),
        topP: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        banned: fc.array(fc.integer({ min: 0, max: 70 }), { maxLength: 9 }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(anySettings, fc.nat(1000), fc.nat(1000), (settings, seed, position) => {
        const logits = logitsOf(71, seed, seed % 7);
        const probabilities = distributionNaive([...logits], settings);
        const { topK } = parseSampling(settings, 71);
        const byProbability = [...logits.keys()].sort((a, b) => logits[b]! - logits[a]! || a - b);
        const order = topK < 71 ? byProbability : [...logits.keys()];
        const expected = invertNaive(probabilities, order, uniformAt(seed, 5, position));
        const { id, probability } = categoricalSampler(parseSampling(settings, 71), seed)(logits, 5, position);
        expect(id).toBe(expected);
        expect(probability).toBeCloseTo(distributionNaive([...logits], {})[id]!, 12);
      }),
      { numRuns: 400 },
    );
  });

  test.each(settingsTried)('is unbiased over positions and over passes: %j', (settings) => {
    const logits = logitsOf(11, 4, 1);
    const probabilities = distributionNaive([...logits], settings);
    for (const seed of seeds) {
      const sample = categoricalSampler(parseSampling(settings, 11), seed);
      expect(deviation(chiSquare((draw) => sample(logits, 3, draw).id, probabilities, 4000))).toBeLessThan(3.9);
      expect(deviation(chiSquare((draw) => sample(logits, draw, 3).id, probabilities, 4000))).toBeLessThan(3.9);
    }
  });

  test('the bias test notices a temperature that is 10 % off', () => {
    const logits = logitsOf(11, 4, 1);
    const sample = categoricalSampler(parseSampling({ temperature: 1.1 }, 11), 0);
    expect(deviation(chiSquare((draw) => sample(logits, 3, draw).id, distributionNaive([...logits], {}), 4000))).toBeGreaterThan(3.9);
  });

  test('a flat row, whose nucleus holds most of a large vocabulary, is drawn from evenly', () => {
    const size = 300;
    const logits = new Float32Array(size).fill(-3);
    const sample = categoricalSampler(parseSampling({ topP: 0.9 }, size), 1);
    const drawn = new Set(Array.from({ length: 4000 }, (_, position) => sample(logits, 0, position).id));
    expect([...drawn].sort((a, b) => a - b)).toEqual(Array.from({ length: 270 }, (_, id) => id)); // ties go to the lower ids
  });

  test('extreme logits lose no accuracy and make nothing infinite', () => {
    for (const offset of [-1e4, -900, 0, 900, 1e4]) {
      const logits = Float32Array.of(offset, offset + 1, -Infinity, offset + 2);
      const sample = categoricalSampler(parseSampling({}, 4), 3);
      expect(deviation(chiSquare((draw) => sample(logits, 0, draw).id, distributionNaive([0, 1, -Infinity, 2], {}), 2000))).toBeLessThan(3.9);
      expect(sample(logits, 0, 0).probability).toBeGreaterThan(0.09);
    }
    const dominated = categoricalSampler(parseSampling({ banned: [1] }, 3), 3)(Float32Array.of(0, 5000, 0), 0, 0);
    expect([0, 2]).toContain(dominated.id);
    expect(dominated.probability).toBe(0);
    expect(categoricalSampler(parseSampling({ temperature: Number.MIN_VALUE }, 3), 3)(Float32Array.of(0, 5, 4), 0, 0).id).toBe(1);
  });

  test('temperature 0 takes the largest allowed logit, ties to the lowest id, for every seed', () => {
    const logits = Float32Array.of(1, 7, 3, 7, 5);
    for (const seed of seeds) {
      expect(categoricalSampler(parseSampling({ temperature: 0 }, 5), seed)(logits, seed, 1).id).toBe(1);
      expect(categoricalSampler(parseSampling({ temperature: 0, banned: [1] }, 5), seed)(logits, 1, seed % 9).id).toBe(3);
      expect(categoricalSampler(parseSampling({ temperature: 0, banned: [1, 3], topK: 2, topP: 0.5 }, 5), seed)(logits, 1, 1).id).toBe(4);
    }
  });

  test('answers depend on neither order nor what was asked before', () => {
    const rows = [logitsOf(23, 1), logitsOf(23, 2), logitsOf(23, 3)];
    const inOrder = categoricalSampler(parseSampling({ topP: 0.95 }, 23), 9);
    const forward = rows.map((row, position) => inOrder(row, 1, position));
    const backward = [...rows].reverse().map((row, index) => inOrder(row, 1, 2 - index));
    expect([...backward].reverse()).toEqual(forward);
    const others = [1, 2, 3, 4, 5].map((pass) => Array.from({ length: 40 }, (_, position) => inOrder(rows[0]!, pass, position).id).join());
    expect(new Set(others).size).toBe(5);
  });
});

describe('gumbelSampler', () => {
  /** LLaDA's add_gumbel_noise as published: exp(logits) / (-ln u)^temperature. */
  const gumbelNaive = (logits: Float32Array, temperature: number, seed: number, pass: number, position: number): number => {
    const scores = Array.from(logits, (logit, id) => Math.exp(logit) / (-Math.log(openUniformAt(seed, pass, position, id))) ** temperature);
    return scores.indexOf(Math.max(...scores));
  };

  test('chooses as the published formula does', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.double({ min: 0.05, max: 3, noNaN: true }), fc.nat(99), (seed, temperature, position) => {
        const logits = logitsOf(211, seed, seed % 9);
        const { id } = gumbelSampler(parseSampling({ temperature }, 211), seed)(logits, 4, position);
        expect(id).toBe(gumbelNaive(logits, temperature, seed, 4, position));
      }),
      { numRuns: 300 },
    );
  });

  test.each(settingsTried.slice(0, 3))('has the distribution of the categorical sampler: %j', (settings) => {
    const logits = logitsOf(11, 4, 1);
    for (const seed of seeds) {
      const sample = gumbelSampler(parseSampling(settings, 11), seed);
      const fit = chiSquare((draw) => sample(logits, 3, draw).id, distributionNaive([...logits], settings), 4000);
      expect(deviation(fit)).toBeLessThan(3.9);
    }
  });

  test('temperature 0 is argmax; filters are refused', () => {
    const sample = gumbelSampler(parseSampling({ temperature: 0 }, 4), 1);
    expect(sample(Float32Array.of(2, 5, 5, 1), 8, 8)).toEqual({ id: 1, probability: 1 / (2 + Math.exp(-3) + Math.exp(-4)) });
    expect(() => gumbelSampler(parseSampling({ topK: 2 }, 4), 1)).toThrow('gumbelSampler: expected neither top-k nor top-p; got topK 2, topP 1.');
  });
});

describe('candidateSampler', () => {
  test('draws from the most probable tokens what categoricalSampler draws from all logits', () => {
    const anySettings = fc.record({
      temperature: fc.constantFrom(0, 0.3, 1, 2.5),
      topK: fc.integer({ min: 1, max: 30 }),
      topP: fc.constantFrom(0.2, 0.7, 1),
      banned: fc.array(fc.integer({ min: 0, max: 36 }), { maxLength: 6 }),
    });
    fc.assert(
      fc.property(anySettings, fc.nat(1000), (settings, seed) => {
        const logits = logitsOf(37, seed);
        const sampling = parseSampling(settings, 37);
        const normaliser = logSumExp(logits);
        const ids = Int32Array.from([...logits.keys()].sort((a, b) => logits[b]! - logits[a]! || a - b).slice(0, candidatesNeeded(sampling)));
        const logProbabilities = Float32Array.from(ids, (id) => logits[id]! - normaliser);
        const fromFew = candidateSampler(sampling, seed)(ids, logProbabilities, 2, 6);
        const fromAll = categoricalSampler(sampling, seed)(logits, 2, 6);
        expect(fromFew.id).toBe(fromAll.id);
        expect(fromFew.probability).toBeCloseTo(fromAll.probability, 5);
      }),
      { numRuns: 300 },
    );
  });

  test('says how many candidates it needs, and refuses another number or settings without a limit', () => {
    expect(candidatesNeeded(parseSampling({ temperature: 0 }, 9))).toBe(1);
    expect(candidatesNeeded(parseSampling({ topK: 4, banned: [1, 3, 3] }, 9))).toBe(6);
    expect(candidatesNeeded(parseSampling({ topK: 8, banned: [1, 3] }, 9))).toBe(9);
    expect(candidatesNeeded(parseSampling({ topP: 0.5 }, 9))).toBeUndefined();
    expect(() => candidateSampler(parseSampling({}, 9), 0)).toThrow('expected a temperature of 0 or a top-k');
    const greedy = candidateSampler(parseSampling({ temperature: 0 }, 9), 0);
    expect(() => greedy(Int32Array.of(1, 2), Float32Array.of(-1, -2), 0, 0)).toThrow('expected 1 candidates; got 2');
    expect(() => candidateSampler(parseSampling({ topK: 2 }, 9), 0)(Int32Array.of(1, 2), Float32Array.of(Number.NaN, -2), 0, 0)).toThrow('[NaN, -2]');
  });
});

describe('bad rows', () => {
  const samplers: readonly (readonly [string, TokenSampler])[] = [
    ['greedy', categoricalSampler(parseSampling({ temperature: 0, banned: [0] }, 3), 0)],
    ['categorical', categoricalSampler(parseSampling({ banned: [0] }, 3), 0)],
    ['tempered', categoricalSampler(parseSampling({ temperature: 0.5, banned: [0] }, 3), 0)],
    ['top-k', categoricalSampler(parseSampling({ topK: 2, banned: [0] }, 3), 0)],
    ['top-p', categoricalSampler(parseSampling({ topP: 0.5, banned: [0] }, 3), 0)],
    ['Gumbel', gumbelSampler(parseSampling({ banned: [0] }, 3), 0)],
    ['categorical without bans', categoricalSampler(parseSampling({}, 3), 0)],
    ['top-p without bans', categoricalSampler(parseSampling({ topP: 0.5 }, 3), 0)],
  ];
  test.each(samplers)('%s: NaN, infinity, nothing left, another length', (_, sample) => {
    expect(() => sample(Float32Array.of(0, Number.NaN, 1), 0, 0)).toThrow('NaN at token 1');
    expect(() => sample(Float32Array.of(0, 1, Number.NaN), 0, 0)).toThrow('NaN at token 2');
    expect(() => sample(Float32Array.of(0, 1, Infinity), 0, 0)).toThrow('Infinity at token 2');
    expect(() => sample(Float32Array.of(-Infinity, -Infinity, -Infinity), 0, 0)).toThrow('a row of 3 in which every token is banned or -Infinity');
    expect(() => sample(Float32Array.of(4, 1), 0, 0)).toThrow('expected a row of 3 logits; got 2');
  });

  test('a row in which only a banned token is possible', () => {
    for (const settings of [{ temperature: 0 }, {}, { topK: 2 }, { topP: 0.5 }]) {
      const sample = categoricalSampler(parseSampling({ ...settings, banned: [0] }, 3), 0);
      expect(() => sample(Float32Array.of(4, -Infinity, -Infinity), 0, 0)).toThrow('a row of 3 in which every token is banned or -Infinity');
    }
  });

  test('a bad seed fails when the sampler is made', () => {
    for (const make of [categoricalSampler, gumbelSampler]) expect(() => make(parseSampling({}, 3), -1)).toThrow(SamplingError);
    expect(() => candidateSampler(parseSampling({ topK: 1 }, 3), 0.5)).toThrow(SamplingError);
  });
});
