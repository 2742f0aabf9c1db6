import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { causal } from '@palimpsest/backbone';
import { defineTransformer } from '@palimpsest/layers';
import type { ModelDefinition } from '@palimpsest/layers';
import { adamW, nextToken, train, windowRows } from '@palimpsest/training';
import type { TrainingEvent, TrainingPlan, TrainingResult } from '@palimpsest/training';
import { onTestFinished } from 'vitest';

export const tinyModel = (overrides: Partial<Parameters<typeof defineTransformer>[0]> = {}): ModelDefinition => defineTransformer({
  vocabularySize: 17, width: 12, layers: 2, heads: 3, keyHeads: 1, headSize: 4, hidden: 10, maximumLength: 8, visibility: causal, prediction: 'next',
  rotary: { theta: 100 }, normEpsilon: 1e-5, tiedHead: true, queryKeyNorm: true, ...overrides,
});

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'palimpsest-training-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const rule = adamW({ learningRate: 0.01 });
const text = Int32Array.from({ length: 60 }, (_, i) => (i * i + (i >> 2)) % 17);

/** A run of seven steps that saves after the third and sixth. */
export async function tinyPlan(overrides: Partial<TrainingPlan> = {}): Promise<TrainingPlan & { readonly stateFolder: string }> {
  let now = 0;
  return {
    model: tinyModel({ layers: 1 }), objective: nextToken, data: windowRows({ ids: text, rows: 4, length: 5, seed: 2 }), rows: 4, length: 5, microbatches: 2,
    optimiser: { matrix: rule, embedding: rule, vector: rule }, schedule: { steps: 7, warmupSteps: 2, decaySteps: 3 }, clipNorm: 1, averageDecay: 0.9,
    seed: 1, threads: 1, identity: 'tiny', saveEvery: 3, clock: () => (now += 500), ...overrides, stateFolder: overrides.stateFolder ?? await temporaryFolder(),
  };
}

export async function run(plan: TrainingPlan): Promise<{ readonly events: readonly TrainingEvent[]; readonly result: TrainingResult }> {
  const events: TrainingEvent[] = [];
  const training = train(plan);
  for (;;) {
    const { done, value } = await training.next();
    if (done) return { events, result: value };
    events.push(value);
  }
}
