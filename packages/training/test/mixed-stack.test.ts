import { generateAutoregressive } from '@palimpsest/autoregressive';
import { blockCausal, causal } from '@palimpsest/backbone';
import type { GenerationEvent, Visibility } from '@palimpsest/backbone';
import { generateBlockDiffusion } from '@palimpsest/block-diffusion';
import { confidenceThreshold } from '@palimpsest/diffusion';
import { openBackbone } from '@palimpsest/runtime';
import { adamW, blockDiffusion, muon, nextToken, windowRows } from '@palimpsest/training';
import type { Objective } from '@palimpsest/training';
import { expect, test, vi } from 'vitest';
import { run, tinyPlan } from './tiny.js';

const line = 'a page is scraped and written again; '.repeat(30);
const letters = [...new Set(line)].sort();
const maskId = letters.length;
const ids = (text: string): Int32Array => Int32Array.from(text, (letter) => letters.indexOf(letter));
const textOf = (tokens: Iterable<number>): string => Array.from(tokens, (id) => letters[id] ?? '_').join('');

const entropyOfLetters = -letters.map((letter) => [...line].filter((other) => other === letter).length / line.length).reduce((sum, share) => sum + share * Math.log(share), 0);

/** The example's stack of a scan, a layer that learns while it reads, attention and an MLP after some steps of training. */
async function trained(visibility: Visibility, objective: Objective, steps: number) {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  const { mixed } = await import('../../ttt/examples/mixed.js');
  log.mockRestore();
  const model = mixed(visibility);
  const rule = adamW({ learningRate: 0.02 });
  const [rows, length] = [4, 40];
  const { events, result } = await run(await tinyPlan({
    model, objective, data: windowRows({ ids: ids(line), rows, length, seed: 3 }), rows, length, microbatches: 1, saveEvery: 1000, averageDecay: 0.8, stepsPerCall: 20,
    optimiser: { matrix: muon({ learningRate: 0.03 }), embedding: rule, vector: rule }, schedule: { steps, warmupSteps: 5, decaySteps: 20 },
  }));
  const losses = events.flatMap((event) => (event.type === 'step' ? [event.loss] : []));
  const backbone = await openBackbone({
    definition: model, weights: result.weights, threads: 1, thread: 'own', vocabulary: { size: 99, ...(visibility.blockSize > 1 && { mask: maskId }) },
  });
  return { losses, backbone };
}

async function written(generation: AsyncGenerator<GenerationEvent, unknown>): Promise<string> {
  const tokens: number[] = [];
  for await (const event of generation) if (event.type === 'tokens-commit') event.positions.forEach((position, i) => { tokens[position] = event.ids[i]!; });
  return textOf(Array.from(tokens, (id) => id ?? -1));
}

test('trained on next tokens it goes on with a line that it knows', async () => {
  const { losses, backbone } = await trained(causal, nextToken, 60);
  await using own = backbone;
  expect(losses[0]).toBeGreaterThan(3);
  expect(losses.at(-1)).toBeLessThan(0.5);
  const prompt = line.slice(0, 40);
  const text = await written(generateAutoregressive({ backbone: own, prompt: ids(prompt), maximumTokens: 30, temperature: 0, seed: 1, clock: () => 0 }));
  expect(text.slice(40)).toBe(line.slice(40, 70));
});

test('trained on blocks of 8 it fills in blocks behind a prompt, by the states that the prompt left', async () => {
  const { losses, backbone } = await trained(blockCausal(8), blockDiffusion({ maskId, seed: 5, prediction: 'same', blockSize: 8, keep: 0 }), 40);
  await using own = backbone;
  const mean = (some: readonly number[]): number => some.reduce((sum, loss) => sum + loss, 0) / some.length;
  expect(losses[0]).toBeGreaterThan(3);
  expect(mean(losses.slice(-8))).toBeLessThan(entropyOfLetters); // of what letters alone tell
  const texts = await Promise.all([line.slice(0, 40), line.slice(3, 43)].map((prompt) =>
    written(generateBlockDiffusion({ backbone: own, prompt: ids(prompt), maximumTokens: 24, policy: confidenceThreshold(0.9), temperature: 0, seed: 1, clock: () => 0 }))));
  for (const text of texts) expect(text.slice(40)).toMatch(/^[a-z; ]{24}$/);
  expect(texts[0]!.slice(40)).not.toBe(texts[1]!.slice(40));
}, 90_000);
