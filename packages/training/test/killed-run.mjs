// node killed-run.mjs FOLDER THREADS: trains from what lies in FOLDER, tells each event in a line, and writes final.safetensors
// there. Runs the build, so that it is a process of its own that can be killed.
import { join } from 'node:path';
import { causal } from '@palimpsest/backbone';
import { writeTensors } from '@palimpsest/checkpoints';
import { defineTransformer } from '@palimpsest/layers';
import { adamW, maskedDiffusion, muon, train, windowRows } from '@palimpsest/training';

const [folder, threads] = process.argv.slice(2);
const model = defineTransformer({
  vocabularySize: 67, width: 48, layers: 1, heads: 3, keyHeads: 3, headSize: 16, hidden: 80, maximumLength: 32, visibility: causal, prediction: 'next',
  rotary: { theta: 100 }, normEpsilon: 1e-5, tiedHead: true, queryKeyNorm: true,
});
const ids = Int32Array.from({ length: 500 }, (_, i) => (i * i + (i >> 3)) % 66);
const rule = adamW({ learningRate: 0.003 });
const run = train({
  model, objective: maskedDiffusion({ maskId: 66, seed: 1, prediction: 'next', keep: 1 }), data: windowRows({ ids, rows: 8, length: 32, seed: 2 }), rows: 8, length: 32,
  microbatches: 2, optimiser: { matrix: muon({ learningRate: 0.01, iterations: 2 }), embedding: rule, vector: rule }, schedule: { steps: 60, warmupSteps: 5, decaySteps: 10 },
  clipNorm: 1, averageDecay: 0.9, seed: 3, threads: Number(threads), stepsPerCall: 2, identity: `killed run, ${threads} threads`, stateFolder: folder, saveEvery: 3,
  clock: () => performance.now(),
});
for (;;) {
  const { done, value } = await run.next();
  if (done) {
    await writeTensors(join(folder, 'final.safetensors'), value.weights);
    break;
  }
  process.stdout.write(`${value.type} ${value.step}\n`);
}
