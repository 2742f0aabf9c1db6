import { bidirectional, blockCausal } from '@palimpsest/backbone';
import { adamW, blockDiffusion, maskedDiffusion, muon, nextToken, windowRows } from '@palimpsest/training';
import type { TrainingEvent, TrainingPlan } from '@palimpsest/training';
import { expect, test } from 'vitest';
import { run, tinyModel, tinyPlan } from './tiny.js';

const verse = 'the moon climbs up the hill and sleeps; the hill climbs down and sleeps with it. ';
const letters = [...new Set(verse)].sort();
const maskId = letters.length;
const ids = Int32Array.from([...verse.repeat(3)], (letter) => letters.indexOf(letter));
const rule = adamW({ learningRate: 0.02 });

async function lossesOf(overrides: Partial<TrainingPlan>): Promise<{ readonly first: number; readonly last: number }> {
  const plan = await tinyPlan({
    data: windowRows({ ids, rows: 8, length: 24, seed: 1 }), rows: 8, length: 24, microbatches: 1, optimiser: { matrix: rule, embedding: rule, vector: rule },
    schedule: { steps: 120, warmupSteps: 10, decaySteps: 40 }, saveEvery: 1000, averageDecay: 0.9, stepsPerCall: 20, ...overrides,
  });
  const { events } = await run({ ...plan, evaluation: { every: 1000, data: plan.data, batches: 8 } });
  const isStep = (event: TrainingEvent): event is Extract<TrainingEvent, { type: 'step' }> => event.type === 'step';
  const evaluated = events.find((event) => event.type === 'evaluation');
  return { first: events.find(isStep)!.loss, last: evaluated!.loss };
}

const sizes = { vocabularySize: maskId + 1, width: 32, heads: 4, keyHeads: 2, headSize: 8, hidden: 48, maximumLength: 24, layers: 2 };

const rules = { AdamW: { matrix: rule, embedding: rule, vector: rule }, Muon: { matrix: muon({ learningRate: 0.02 }), embedding: rule, vector: rule } };

test.each(['AdamW', 'Muon'] as const)('next token with %s: from no idea to the verse by heart', async (name) => {
  const { first, last } = await lossesOf({ model: tinyModel(sizes), objective: nextToken, optimiser: rules[name] });
  expect(first).toBeGreaterThan(2.9); // ln 19: every letter as likely as any other
  expect(last).toBeLessThan(0.25);
});

const counts = letters.map((letter) => [...verse].filter((other) => other === letter).length / verse.length);
const entropyOfLetters = -counts.reduce((sum, share) => sum + share * Math.log(share), 0);

test.each(['same', 'next'] as const)('masked diffusion, asked for the %s token: far below what letters alone tell', async (prediction) => {
  const model = tinyModel({ ...sizes, visibility: bidirectional, prediction });
  const objective = maskedDiffusion({ maskId, seed: 5, prediction, keep: 0 });
  const { last } = await lossesOf({ model, objective, schedule: { steps: 250, warmupSteps: 10, decaySteps: 100 }, optimiser: rules.Muon });
  expect(last).toBeLessThan(entropyOfLetters / 3);
});

test('block diffusion in blocks of 6, asked for the next token: as far below', async () => {
  const model = tinyModel({ ...sizes, visibility: blockCausal(6), prediction: 'next' });
  const objective = blockDiffusion({ maskId, seed: 5, prediction: 'next', blockSize: 6, keep: 0 });
  const { last } = await lossesOf({ model, objective, schedule: { steps: 250, warmupSteps: 10, decaySteps: 100 }, optimiser: rules.Muon });
  expect(last).toBeLessThan(entropyOfLetters / 3);
});
