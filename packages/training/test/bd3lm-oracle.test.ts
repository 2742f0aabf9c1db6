import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { blockCausal } from '@palimpsest/backbone';
import { openCheckpoint, readTensor, readTensors } from '@palimpsest/checkpoints';
import { add, constant, evaluate, reference } from '@palimpsest/graph';
import { relativeDifference } from '@palimpsest/graph/testing';
import type { ModelDefinition } from '@palimpsest/layers';
import { besideClean, buildGradients } from '@palimpsest/training';
import { expect, test } from 'vitest';
import { asReference } from './oracle.js';

const fixtures = fileURLToPath(new URL('../../../tools/oracle/fixtures/', import.meta.url));

interface RecordedStep {
  readonly block_size: number;
  readonly mask: number;
  readonly clean: readonly (readonly number[])[];
  readonly noisy: readonly (readonly number[])[];
  /** One to a block. */
  readonly rates: readonly (readonly number[])[];
  readonly loss: number;
}

test('one step of the published BD3-LM: its loss and every gradient', async () => {
  const { block_size: blockSize, mask, clean, noisy, rates, loss } = JSON.parse(readFileSync(`${fixtures}bd3lm/step.json`, 'utf8')) as RecordedStep;
  const { definition, weights: stored } = await openCheckpoint(`${fixtures}llama-tiny`);
  const published = await readTensors(`${fixtures}bd3lm/gradients.safetensors`);
  const [rows, length] = [clean.length, clean[0]!.length];
  // the published loss gives the mask token no probability
  const banned = constant([definition.vocabularySize], Array.from({ length: definition.vocabularySize }, (_, id) => (id === mask ? -1e6 : 0)));
  const model: ModelDefinition = { ...definition, visibility: blockCausal(blockSize), prediction: 'same', head: (hidden) => add(definition.head(hidden), banned) };
  const weights = noisy.flatMap((row, r) => row.map((id, i) => (id === mask ? 1 / rates[r]![Math.floor(i / blockSize)]! / (rows * (length - 1)) : 0))); // the first token is given
  const feeds = {
    ...Object.fromEntries(await Promise.all(model.parameters.map(async ({ name }) => {
      const weight = stored.get(name)!;
      return [name, asReference({ shape: weight.shape, data: await readTensor(weight.path, weight) })] as const;
    }))),
    tokens: reference([rows, 2 * length], noisy.flatMap((row, r) => [...row, ...clean[r]!])), targets: reference([rows, length], clean.flat()), weights: reference([rows, length], weights),
  };
  const graph = buildGradients({ model, rows, length, microbatches: 1, reading: besideClean });
  const [came, ...gradients] = evaluate([graph.loss, ...graph.gradients], feeds);
  expect(came!.data[0]! / loss).toBeCloseTo(1, 6); // the published rates are float32
  expect(model.parameters).toHaveLength(published.size);
  model.parameters.forEach(({ name }, i) => expect(relativeDifference(gradients[i]!, asReference(published.get(name)!)), name).toBeLessThan(1e-5));
});
