// Attention and Mamba-2 of equal width, trained on multi-query associative recall: accuracy against the bytes that a row leaves in the state.
// Build first; then: node packages/datasets/benchmarks/recall.mjs [--pairs=4,8] [--states=4,32] [--rates=0.3,1] [--steps=1000] [--rows=32]
// [--length=32] [--vocabulary=32] [--width=64] [--layers=2] [--threads=1] [--seed=1]
// A rate multiplies the learning rates below. All are tried, and the best on other rows than those of the table is kept: each mixer learns recall
// at few of them. `seconds` are of that run alone.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { causal } from '../../backbone/dist/index.js';
import { attention, defineModel, residual, rmsNorm } from '../../layers/dist/index.js';
import { openBackbone } from '../../runtime/dist/index.js';
import { mamba2 } from '../../ssm/dist/index.js';
import { adamW, muon, train } from '../../training/dist/index.js';
import { heldOutSeed, recallAccuracy, recallRows, recallTargets, trainingSeed } from '../dist/index.js';

const defaults = { pairs: '4,8', states: '4,32', rates: '0.3,1', steps: '1000', rows: '32', length: '32', vocabulary: '32', width: '64', layers: '2', threads: '1', seed: '1' };
const { values } = parseArgs({ options: Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, { type: 'string', default: value }])) });
const lists = { pairs: values.pairs.split(',').map(Number), states: values.states.split(',').map(Number), rates: values.rates.split(',').map(Number) };
const [steps, rows, length, vocabularySize, width, layers, threads, seed] =
  [values.steps, values.rows, values.length, values.vocabulary, values.width, values.layers, values.threads, values.seed].map(Number);

const norm = { width, epsilon: 1e-5 };
const rotary = { theta: 10_000 };
const mixers = [
  { name: 'attention', mixer: (scope) => attention(scope, { width, heads: 2, keyHeads: 2, headSize: width / 2, rotary }) },
  ...lists.states.map((stateSize) => ({
    name: `Mamba-2, state ${stateSize}`,
    mixer: (scope) => mamba2(scope, { width, heads: 4, headSize: width / 2, stateSize, groups: 1, normGroups: 1, normEpsilon: 1e-5, kernel: 4, depth: layers }),
  })),
];
const modelOf = (mixer) => defineModel({
  vocabularySize, width, maximumLength: length, visibility: causal, prediction: 'next', tiedHead: true,
  layers: (scope) => Array.from({ length: layers }, (_, layer) => residual(rmsNorm(scope.child(layer).child('norm'), norm), mixer(scope.child(layer).child('mixer')))),
  finalNorm: (scope) => rmsNorm(scope, norm),
});

async function learn(model, task, rate) {
  const stateFolder = await mkdtemp(join(tmpdir(), 'palimpsest-recall-'));
  const run = train({
    model, rows, length, microbatches: 1, threads, seed, clipNorm: 1, averageDecay: 0.99, clock: () => performance.now(), identity: 'recall', stateFolder, saveEvery: steps, stepsPerCall: 20,
    objective: { name: 'recall', batch: ({ tokens }) => ({ tokens, ...recallTargets(task, tokens) }) },
    data: (step) => recallRows(task, rows, trainingSeed(step * rows)),
    optimiser: {
      matrix: muon({ learningRate: 0.02 * rate }), embedding: adamW({ learningRate: 0.01 * rate, beta2: 0.95 }), vector: adamW({ learningRate: 0.003 * rate, beta2: 0.95 }),
    },
    schedule: { steps, warmupSteps: Math.ceil(steps / 20), decaySteps: Math.floor(steps / 3), final: 0 },
  });
  for (let next = await run.next(), loss; ; next = await run.next()) {
    if (next.value.type === 'step') loss = next.value.loss;
    if (!next.done) continue;
    await rm(stateFolder, { recursive: true });
    return { weights: next.value.weights, seconds: next.value.seconds, loss };
  }
}

/** Share of answers that are right over held-out rows, and the state's bytes after one of them. */
async function measure(model, task, weights, firstRow, count) {
  const backbone = await openBackbone({ definition: model, vocabulary: { size: vocabularySize }, weights, threads, thread: 'own' });
  const { tokens } = recallRows(task, count, heldOutSeed(firstRow));
  const predicted = new Int32Array(tokens.length);
  let stateBytes = 0;
  for (let start = 0; start < tokens.length; start += length) {
    const context = await backbone.open();
    const { ids } = await context.append(tokens.subarray(start, start + length), { give: 'top', top: 1 });
    predicted.set(ids, start);
    ({ stateBytes } = context);
    await context[Symbol.asyncDispose]();
  }
  await backbone[Symbol.asyncDispose]();
  return { accuracy: recallAccuracy(task, tokens, predicted), stateBytes };
}

console.log(`width ${width}, ${layers} layers, rows of ${length} tokens of ${vocabularySize}, ${steps} steps of ${rows} rows, seed ${seed}; by chance an answer is right with 1 in ${Math.ceil(vocabularySize / 2)}`);
console.log('| pairs | model | parameters | state bytes | accuracy | loss at the end | rate | seconds |\n|---:|---|---:|---:|---:|---:|---:|---:|');
for (const pairs of lists.pairs) {
  const task = { pairs, length, vocabularySize };
  for (const { name, mixer } of mixers) {
    const model = modelOf(mixer);
    const tried = [];
    for (const rate of lists.rates) {
      const learned = await learn(model, task, rate);
      tried.push({ rate, ...learned, chosenBy: (await measure(model, task, learned.weights, 0, 100)).accuracy });
    }
    const best = tried.reduce((one, other) => (other.chosenBy > one.chosenBy ? other : one));
    const { accuracy, stateBytes } = await measure(model, task, best.weights, 1000, 200);
    const parameters = model.parameters.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
    console.log(`| ${pairs} | ${name} | ${parameters} | ${stateBytes} | ${accuracy.toFixed(3)} | ${best.loss.toFixed(3)} | ${best.rate} | ${best.seconds.toFixed(0)} |`);
  }
}
