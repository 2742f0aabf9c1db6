import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nucleusSampler } from './nucleus.js';
import { randomStream } from './random.js';

/** By sorting all: the id, and how near the row comes to another one, as a share of the total. */
function drawNaive(weights: Float32Array, topP: number, uniform: number): { readonly id: number; readonly distance: number } {
  const ranked = [...weights.keys()].sort((a, b) => weights[b]! - weights[a]! || a - b);
  const total = ranked.reduce((sum, id) => sum + weights[id]!, 0);
  let [mass, distance] = [0, Infinity];
  const kept = ranked.filter((id) => {
    distance = Math.min(distance, Math.abs(mass - topP * total));
    return mass < topP * total && ((mass += weights[id]!), true);
  });
  let sum = 0;
  let drawn = -1;
  for (const id of kept.sort((a, b) => a - b)) {
    sum += weights[id]!;
    distance = Math.min(distance, Math.abs(sum - uniform * mass));
    if (drawn < 0 && sum > uniform * mass) drawn = id;
  }
  return { id: drawn, distance: distance / total };
}

const sorts: Readonly<Record<string, (next: () => number, size: number) => Float32Array>> = {
  even: (next, size) => Float32Array.from({ length: size }, next),
  'within a thousandth': (next, size) => Float32Array.from({ length: size }, () => 0.5 + next() / 1000),
  'steep over sixty orders of magnitude': (next, size) => Float32Array.from({ length: size }, () => 10 ** (-60 * next())),
  'many ties': (next, size) => Float32Array.from({ length: size }, () => Math.ceil(3 * next()) / 4),
  'mostly zeros': (next, size) => Float32Array.from({ length: size }, () => (next() < 0.9 ? 0 : next())),
  'all too light for a bin of its own': (next, size) => Float32Array.from({ length: size }, () => 1e-12 * next()),
  'one large, the rest light': (next, size) => Float32Array.from({ length: size }, (_, id) => (id === size >> 1 ? 1 : 1e-11 * next())),
};

test.each(Object.entries(sorts))('weights %s: draws what sorting them all gives', (_, row) => {
  let clear = 0;
  fc.assert(
    fc.property(fc.constantFrom(1, 2, 23, 301), fc.nat(1e6), fc.constantFrom(1e-9, 0.2, 0.5, 0.77, 0.9, 0.999), (size, seed, topP) => {
      const { uniform } = randomStream(seed);
      const weights = row(uniform, size);
      weights[Math.floor(size * uniform())]! += weights.some((weight) => weight > 0) ? 0 : 1;
      const sample = nucleusSampler(size);
      for (const chance of [0, uniform(), uniform(), 1 - 2 ** -53]) {
        const { id, distance } = drawNaive(weights, topP, chance);
        const drawn = sample(weights, topP, chance);
        expect(weights[drawn]).toBeGreaterThan(0);
        if (distance < 1e-12 && chance > 0) continue; // two orders of a sum may round to either side
        expect(drawn).toBe(id);
        clear++;
      }
      expect(sample(weights, topP, 0)).toBe(sample(weights.slice(), topP, 0)); // nothing is left behind
    }),
    { numRuns: 150, seed: 3 },
  );
  expect(clear).toBeGreaterThan(300); // of 600
});

test('reads a row that begins anywhere, and gives 0 for one that is no distribution', () => {
  const sample = nucleusSampler(3);
  const rows = Float32Array.of(0.9, 0.1, 0, 0.1, 0.2, 0.7, 0, 0, 1);
  expect([0, 3, 6].map((start) => sample(rows.subarray(start, start + 3), 0.6, 0.5))).toEqual([0, 2, 2]);
  for (const bad of [[0, 0, 0], [Number.NaN, Number.NaN, Number.NaN], [0, Number.NaN, 0]]) expect(sample(Float32Array.from(bad), 0.6, 0.5)).toBe(0);
  expect(sample(rows.subarray(3, 6), 0.6, 0.5)).toBe(2);
});
