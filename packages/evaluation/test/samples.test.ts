import { generateAutoregressive } from '@palimpsest/autoregressive';
import { tableBackbone } from '@palimpsest/backbone/testing';
import type { ToyBackbone } from '@palimpsest/backbone/testing';
import { collectSamples, costOf, distinctShare } from '@palimpsest/evaluation';
import type { SamplingOptions } from '@palimpsest/evaluation';
import { expect, test } from 'vitest';
import { chainOf } from './languages.js';

const chain = chainOf(6, 2);

function writerOn(backbone: ToyBackbone): SamplingOptions['write'] {
  return async (seed) => {
    const generation = generateAutoregressive({ backbone, prompt: Int32Array.of(3), maximumTokens: 9, temperature: 1, seed, clock: () => backbone.passes.length });
    for (;;) {
      const { done, value } = await generation.next();
      if (done) return { text: value.ids.join(' '), ids: [...value.ids], reason: value.reason, usage: value.usage };
    }
  };
}

test('each seed is one text, whatever is written beside it, and so many are written in one pass', async () => {
  await using alone = tableBackbone({ chain });
  await using crowd = tableBackbone({ chain });
  const progress: number[] = [];
  const one = await collectSamples({ write: writerOn(alone), count: 7, firstSeed: 40, together: 1 });
  const all = await collectSamples({ write: writerOn(crowd), count: 7, firstSeed: 40, together: 4, onProgress: (texts) => progress.push(texts) });
  expect(all.map(({ seed }) => seed)).toEqual([40, 41, 42, 43, 44, 45, 46]);
  expect(all.map(({ text }) => text)).toEqual(one.map(({ text }) => text));
  expect(new Set(all.map(({ text }) => text)).size).toBe(7);
  expect(Math.max(...crowd.passes.map(({ contexts }) => contexts))).toBe(4);
  expect(crowd.openContexts).toBe(0);
  expect(progress).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test('their cost is what the backbone counted', async () => {
  await using backbone = tableBackbone({ chain });
  const samples = await collectSamples({ write: writerOn(backbone), count: 5, together: 1 });
  const cost = costOf(samples.map(({ usage }) => usage), 3);
  const positions = backbone.passes.reduce((sum, pass) => sum + pass.positions, 0);
  expect(cost).toMatchObject({ texts: 5, generatedTokens: 45, forwardPassesPerToken: backbone.passes.length / 45, positionsPerToken: positions / 45, estimatedFlopsPerToken: (3 * positions) / 45 });
  expect(distinctShare(samples.map(({ ids }) => ids), 2)).toBeLessThan(1);
});

test('a writer that fails ends the collection with its error', async () => {
  const begun: number[] = [];
  const write: SamplingOptions['write'] = async (seed) => {
    begun.push(seed);
    throw new Error(`seed ${seed}`);
  };
  await expect(collectSamples({ write, count: 9, together: 2 })).rejects.toThrow('seed 0');
  expect(begun).toEqual([0, 1]);
});
