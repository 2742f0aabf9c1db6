import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bidirectional, blockCausal, causal } from '@palimpsest/backbone';
import { backboneContract } from '@palimpsest/backbone/testing';
import { constant, evaluate } from '@palimpsest/graph';
import type { Reference } from '@palimpsest/graph';
import { randomReference } from '@palimpsest/graph/testing';
import { sharedValues } from '@palimpsest/layers';
import { expectGradients, expectNaive, expectNaiveAfterPrefix, expectPaddingHasNoEffect } from '@palimpsest/layers/testing';
import { openBackbone } from '@palimpsest/runtime';
import { initialWeights } from '@palimpsest/training';
import { describe, expect, test } from 'vitest';
import { gatedDelta } from '../docs/examples/gated-delta/src/gated-delta.js';
import type { GatedDeltaConfig } from '../docs/examples/gated-delta/src/gated-delta.js';
import { mixedModel } from '../docs/examples/gated-delta/src/model.js';
import { inThreeWays } from '../docs/examples/gated-delta/src/three-ways.js';
import { root } from '../scripts/workspace.mjs';
import { gatedDeltaNaive } from './gated-delta.naive.js';

const text = (path: string): string => readFileSync(join(root, path), 'utf8');
const source = text('docs/examples/gated-delta/src/gated-delta.ts');

test('docs/composing.md shows the layer and the model that are tested, the layer in under 80 lines', () => {
  const page = text('docs/composing.md');
  expect(page).toContain(`\`\`\`ts\n${source}\`\`\``);
  expect(page).toContain(`\`\`\`ts\n${text('docs/examples/gated-delta/src/model.ts')}\`\`\``);
  expect(source.trimEnd().split('\n').length).toBeLessThan(80);
});

describe('the layer', () => {
  const config: GatedDeltaConfig = { width: 7, heads: 3, headSize: 2 };
  const under = (change: Partial<GatedDeltaConfig>, visibility = causal): Parameters<typeof expectNaive>[0] => {
    const own = { ...config, ...change };
    return { width: own.width, visibility, create: (scope) => gatedDelta(scope, own), naive: (x, weights) => gatedDeltaNaive(x, weights, own, visibility) };
  };
  const ways = [under({}), ...(['shared', 'separate'] as const).flatMap((backward) => [bidirectional, blockCausal(3)].map((visibility) => under({ backward }, visibility)))];

  test.each(ways)('%#: agrees with its naive twin, and has the right gradients', (layer) => {
    for (const seed of [1, 2]) expectNaive(layer, { seed, batch: 2, length: 7 });
    expectGradients(layer, { seed: 6, batch: 2, length: 5 });
  });

  test('goes on after a prefix, and what fills a row up leaves no trace', () => {
    expectNaiveAfterPrefix(under({}), { seed: 5, cuts: [4, 0, 9, 1], length: 5 });
    expectNaiveAfterPrefix(under({ backward: 'shared' }, blockCausal(3)), { seed: 7, cuts: [6, 0, 3], length: 5 });
    expectGradients(under({}), { seed: 9, batch: 2, length: 4, prefix: 3 });
    expectPaddingHasNoEffect(under({}), { seed: 11, real: [5, 7, 1, 2], length: 7 });
  });
});

describe.each([causal, blockCausal(5)])('among ours, $name', (visibility) => {
  const vocabularySize = 23;
  const definition = mixedModel(visibility, { vocabularySize, maximumLength: 60, width: 12, heads: 2 });
  const open = (): ReturnType<typeof openBackbone> =>
    openBackbone({ definition, vocabulary: { size: vocabularySize }, weights: initialWeights(definition, 3), threads: 1, thread: 'own' });
  for (const law of backboneContract({ name: visibility.name, open, tolerance: 1e-5 })) {
    test(law.name, async ({ skip }) => {
      const outcome = await law.run();
      if ('skipped' in outcome) skip(outcome.skipped);
      else expect(outcome.checks).toBeGreaterThan(0);
    });
  }
});

test('in training of block diffusion a noisy block of it sees what a sampler shows: its own block and the clean ones before', () => {
  const [batch, length, block] = [2, 9, 3];
  const model = mixedModel(blockCausal(block), { vocabularySize: 11, maximumLength: 30, width: 8, heads: 2 });
  const weights = Object.fromEntries(model.parameters.map(({ name, shape }, index) => [name, randomReference(shape, 40 + index)]));
  const [clean, noisy] = [0, 1].map((own) => Array.from({ length: batch * length }, (_, i) => (i * i * (3 + own) + 5 * own + 1) % 11)) as [number[], number[]];
  const rowsOf = (ids: readonly number[], from: number, to: number): readonly number[][] => Array.from({ length: batch }, (_, row) => ids.slice(row * length + from, row * length + to));
  const hidden = (rows: readonly (readonly number[])[], positions: readonly number[], noisyLength?: number): Reference => {
    const shape = [batch, positions.length];
    const value = model.hidden(constant(shape, rows.flat(), 'int64'), {
      batch, length: positions.length, positions: constant(shape, rows.flatMap(() => positions), 'int64'), maximumLength: 30, visibility: model.visibility,
      keep: () => undefined, shared: sharedValues(), ...(noisyLength !== undefined && { noisyLength }),
    });
    return evaluate([value], weights)[0]!;
  };
  const range = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);
  const both = hidden(rowsOf(noisy, 0, length).map((row, index) => [...row, ...rowsOf(clean, 0, length)[index]!]), [...range(length), ...range(length)], length);
  const at = ({ shape: [, rows, width], data }: Reference, row: number, token: number): readonly number[] => [...data.subarray((row * rows! + token) * width!, (row * rows! + token + 1) * width!)];
  for (let start = 0; start < length; start += block) {
    const alone = hidden(rowsOf(clean, 0, start).map((row, index) => [...row, ...rowsOf(noisy, start, start + block)[index]!]), range(start + block));
    for (let row = 0; row < batch; row++) {
      for (let token = start; token < start + block; token++) at(both, row, token).forEach((value, channel) => { expect(value).toBeCloseTo(at(alone, row, token)[channel]!, 9); });
    }
  }
});

test('trains and writes in all three ways', async () => {
  const outcomes = [];
  for await (const outcome of inThreeWays({ steps: 4, rows: 3, width: 16, heads: 2, tokens: 17 })) outcomes.push(outcome);
  expect(outcomes.map(({ way }) => way)).toEqual(['autoregressive', 'masked diffusion', 'block diffusion']);
  for (const { firstLoss, lastLoss, text: written } of outcomes) {
    expect(firstLoss).toBeGreaterThan(5); // a guess among 2,048 tokens is at 7.6
    expect(lastLoss).toBeLessThan(firstLoss);
    expect(written.length).toBeGreaterThan(5);
  }
}, 120_000);
