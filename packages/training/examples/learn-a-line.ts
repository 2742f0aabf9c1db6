import { causal } from '@palimpsest/backbone';
import { defineTransformer } from '@palimpsest/layers';
import { adamW, muon, nextToken, train, windowRows } from '@palimpsest/training';

const model = defineTransformer({
  vocabularySize: 256, width: 32, layers: 2, heads: 2, keyHeads: 2, headSize: 16, hidden: 64, maximumLength: 32, visibility: causal, prediction: 'next',
  rotary: { theta: 10_000 }, normEpsilon: 1e-6, tiedHead: true,
});
const bytes = Int32Array.from(new TextEncoder().encode('a palimpsest is scraped and written again. '.repeat(20)));
const [rows, length, seed] = [4, 32, 1];
const run = train({
  model, objective: nextToken, data: windowRows({ ids: bytes, rows, length, seed }), rows, length, microbatches: 1,
  optimiser: { matrix: muon({ learningRate: 0.02 }), embedding: adamW({ learningRate: 0.01 }), vector: adamW({ learningRate: 0.003 }) },
  schedule: { steps: 60, warmupSteps: 5, decaySteps: 20 }, clipNorm: 1, averageDecay: 0.9, seed, threads: 1, clock: () => performance.now(),
});
for await (const event of run) {
  if (event.type === 'step' && event.step % 59 === 1) console.log(`step ${event.step}: loss ${event.loss.toFixed(1)}`);
}
