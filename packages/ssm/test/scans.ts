import { bidirectional, blockCausal, causal } from '@palimpsest/backbone';
import type { Visibility } from '@palimpsest/backbone';
import { expectGradients, expectNaive, expectNaiveAfterPrefix, expectPaddingHasNoEffect } from '@palimpsest/layers/testing';
import type { LayerUnderTest } from '@palimpsest/layers/testing';
import { describe, expect, test } from 'vitest';

interface ScanConfig {
  readonly backward?: 'shared' | 'separate';
}

/** What a mixer that scans owes in all its configurations, forwards alone and both ways: its naive twin's outputs, gradients, no trace of filling. */
export function testScans<C extends ScanConfig>(configs: readonly (readonly [string, C])[], layer: (config: C, visibility: Visibility) => LayerUnderTest): void {
  describe.each(configs)('%s', (_, config) => {
    const ways = [
      { title: 'causal', mixer: layer(config, causal) },
      ...(['shared', 'separate'] as const).flatMap((backward) => [causal, bidirectional, blockCausal(3), blockCausal(5)].map((visibility) =>
        ({ title: `${visibility.name}, backward weights ${backward}`, mixer: layer({ ...config, backward }, visibility) }))),
    ];
    test.each(ways)('$title: agrees with its naive twin', ({ mixer }) => {
      for (const seed of [1, 2]) expectNaive(mixer, { seed, batch: 2, length: 7 });
      expectNaive(mixer, { seed: 3, batch: 3, length: 1 });
    });
    const moving = ways.filter(({ title }) => title !== 'causal, backward weights separate'); // where a scan backwards has nothing to decay
    test.each(moving)('$title: has the right gradients', ({ mixer }) => expectGradients(mixer, { seed: 4, batch: 2, length: 5 }));
    test('after prefixes of different lengths, one of them empty: agrees with its naive twin over the whole', () => {
      expectNaiveAfterPrefix(layer(config, causal), { seed: 5, cuts: [4, 0, 9, 1], length: 5 });
      expectNaiveAfterPrefix(layer(config, causal), { seed: 6, cuts: [7, 2], length: 1 });
      for (const backward of ['shared', 'separate'] as const) {
        expectNaiveAfterPrefix(layer({ ...config, backward }, blockCausal(3)), { seed: 7, cuts: [6, 0, 3], length: 5 });
        expectNaiveAfterPrefix(layer({ ...config, backward }, blockCausal(4)), { seed: 8, cuts: [4, 8], length: 4 });
      }
    });
    test('after a prefix: has the right gradients, of the incoming state too', () => {
      expectGradients(layer(config, causal), { seed: 9, batch: 2, length: 4, prefix: 3 });
      expectGradients(layer({ ...config, backward: 'separate' }, blockCausal(3)), { seed: 10, batch: 2, length: 4, prefix: 3 });
    });
    test('what fills a row up leaves no trace', () => {
      expectPaddingHasNoEffect(layer(config, causal), { seed: 11, real: [5, 7, 1, 2], length: 7 });
      for (const visibility of [bidirectional, blockCausal(3)]) expectPaddingHasNoEffect(layer({ ...config, backward: 'separate' }, visibility), { seed: 12, real: [4, 1, 6], length: 6 });
    });
  });

  test('tokens that see later ones need a backward scan', () => {
    expect(() => expectNaive(layer(configs[0]![1], bidirectional), { seed: 1, batch: 1, length: 2 })).toThrow("expected causal visibility; got bidirectional. Give the layer a backward scan: backward: 'separate'.");
  });
}
