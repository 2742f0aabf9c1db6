import { causal } from '@palimpsest/backbone';
import { heldOutSeed, recallAccuracy, recallRows, recallTargets, trainingSeed } from '@palimpsest/datasets';
import { defineTransformer } from '@palimpsest/layers';
import { openBackbone } from '@palimpsest/runtime';
import { adamW, muon, train } from '@palimpsest/training';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeFolder, temporaryFolder } from './tiny-models.js';

const task = { pairs: 3, length: 17, vocabularySize: 16, queries: 2 };
const [rows, steps] = [32, 240];

let folder = '';
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => removeFolder(folder));

/** Share of right answers on rows that were not trained on. */
async function accuracyAfterTraining(layers: number): Promise<number> {
  const model = defineTransformer({
    vocabularySize: task.vocabularySize, width: 32, layers, heads: 2, keyHeads: 2, headSize: 16, hidden: 32, maximumLength: task.length, visibility: causal, prediction: 'next',
    rotary: { theta: 100 }, normEpsilon: 1e-6, tiedHead: true, queryKeyNorm: true,
  });
  const run = train({
    model, rows, length: task.length, microbatches: 1, threads: 1, seed: 3, clipNorm: 1, averageDecay: 0.9, clock: () => 0, identity: 'recall', stateFolder: `${folder}/${layers}`, saveEvery: steps,
    objective: { name: 'recall', batch: ({ tokens }) => ({ tokens, ...recallTargets(task, tokens) }) },
    data: (step) => recallRows(task, rows, trainingSeed(step * rows)),
    optimiser: { matrix: muon({ learningRate: 0.02 }), embedding: adamW({ learningRate: 0.01 }), vector: adamW({ learningRate: 0.003 }) },
    schedule: { steps, warmupSteps: 10, decaySteps: 80 }, stepsPerCall: 40,
  });
  let next = await run.next();
  while (!next.done) next = await run.next();
  await using backbone = await openBackbone({ definition: model, vocabulary: { size: task.vocabularySize }, weights: next.value.weights, threads: 1, thread: 'own' });
  const { tokens } = recallRows(task, 60, heldOutSeed(0));
  const predicted = await Promise.all(Array.from({ length: 60 }, async (_, row) => {
    await using context = await backbone.open();
    return [...(await context.score(tokens.subarray(row * task.length, (row + 1) * task.length), { give: 'top', top: 1 })).ids];
  }));
  return recallAccuracy(task, tokens, predicted.flat());
}

test('recall rows are training data as they are: two layers of attention learn to look values up, one cannot', async () => {
  expect(await accuracyAfterTraining(2)).toBeGreaterThan(0.9);
  expect(await accuracyAfterTraining(1)).toBeLessThan(0.7); // a value does not know its key: one of three is as good as another
}, 120_000);
