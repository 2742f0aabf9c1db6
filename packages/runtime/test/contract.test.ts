import { bidirectional, blockCausal, causal } from '@palimpsest/backbone';
import { backboneContract } from '@palimpsest/backbone/testing';
import { describe, expect, test } from 'vitest';
import { openTiny, tinyModel } from './tiny-model.js';

const models = [
  tinyModel(causal),
  tinyModel(causal, { heads: 3, keyHeads: 3, headSize: 4, width: 12, queryKeyNorm: true, queryKeyValueBias: true, maximumLength: 37 }),
  tinyModel(bidirectional),
  tinyModel(blockCausal(3), { keyHeads: 3, tiedHead: true }),
  tinyModel(bidirectional, { vocabularySize: 131 }),
].map((definition, index) => ({ name: `model ${index + 1}, ${definition.visibility.name}`, definition }));

describe.each(models)('$name', ({ name, definition }) => {
  for (const law of backboneContract({ name, open: () => openTiny(definition), tolerance: 1e-5 })) {
    test(law.name, async ({ skip }) => {
      const outcome = await law.run();
      if ('skipped' in outcome) skip(outcome.skipped);
      else expect(outcome.checks).toBeGreaterThan(0);
    });
  }
});
