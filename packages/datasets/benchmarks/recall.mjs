// Mixers of equal width, trained on multi-query associative recall: accuracy against what a row leaves in the state.
// Build first; then: node packages/datasets/benchmarks/recall.mjs [--mixers=attention,mamba1,mamba2,ttt,mlp,hybrid] [--pairs=4,8] [--lengths=32] [--states=4,32]
// [--heads=4,16] [--rates=0.3,1] [--seeds=1,2,3] [--steps=1000] [--rows=32] [--vocabulary=32] [--width=64] [--layers=2] [--threads=1]
// `states` are sizes of both Mambas', `heads` those of TTT-Linear and TTT-MLP: more of them hold less. Every length is tried with the pairs that fit it.
// A rate multiplies the learning rates below. All are tried with the first seed, and the best on other rows than those of the table is kept for all seeds: each
// mixer learns recall at few of them. `seconds` are of a run alone.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { causal } from '../../backbone/dist/index.js';
import { attention, defineModel, residual, rmsNorm } from '../../layers/dist/index.js';
import { openBackbone } from '../../runtime/dist/index.js';
import { mamba1, mamba2 } from '../../ssm/dist/index.js';
import { adamW, muon, train } from '../../training/dist/index.js';
import { tttLinear, tttMlp } from '../../ttt/dist/index.js';
import { heldOutSeed, recallAccuracy, recallRows, recallTargets, trainingSeed } from '../dist/index.js';

const defaults = {
  mixers: 'attention,mamba1,mamba2,ttt,mlp,hybrid', pairs: '4,8', lengths: '32', states: '4,32', heads: '4,16', rates: '0.3,1', seeds: '1,2,3', steps: '1000', rows: '32', vocabulary: '32', width: '64', layers: '2', threads: '1',
};
const { values } = parseArgs({ options: Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, { type: 'string', default: value }])) });
const [pairCounts, lengths, states, headCounts, rates, seeds] = ['pairs', 'lengths', 'states', 'heads', 'rates', 'seeds'].map((name) => values[name].split(',').map(Number));
const [steps, rows, vocabularySize, width, layers, threads] = [values.steps, values.rows, values.vocabulary, values.width, values.layers, values.threads].map(Number);

const norm = { width, epsilon: 1e-5 };
const rotary = { theta: 10_000 };
const attends = (scope) => attention(scope, { width, heads: 2, keyHeads: 2, headSize: width / 2, rotary });
const selects = (stateSize) => (scope) => mamba1(scope, { width, inner: 2 * width, stateSize, stepRank: Math.ceil(width / 16), kernel: 4, depth: layers });
const scans = (stateSize) => (scope) => mamba2(scope, { width, heads: 4, headSize: width / 2, stateSize, groups: 1, normGroups: 1, normEpsilon: 1e-5, kernel: 4, depth: layers });
const learns = (inner, baseRate) => (heads) => (scope) => inner(scope, {
  width, heads, headSize: width / heads, miniBatch: 16, baseRate, rotary, gate: true, sharedProjection: { kernel: 4 }, normEpsilon: 1e-5, depth: layers,
});
/** `mixer` by the number of a layer; `holds`, the numbers that a recurrence carries from token to token, in all layers. */
const scanned = (name, of) => states.map((stateSize) => ({ name: `${name}, state ${stateSize}`, holds: layers * 2 * width * stateSize, mixer: () => of(stateSize) }));
const learnt = (name, of, held) => headCounts.map((heads) => ({ name: `${name}, ${heads} heads of ${width / heads}`, holds: layers * width * held(width / heads), mixer: () => of(heads) }));
const kinds = {
  attention: [{ name: 'attention', mixer: () => attends }],
  mamba1: scanned('Mamba-1', selects),
  mamba2: scanned('Mamba-2', scans),
  ttt: learnt('TTT-Linear', learns(tttLinear, 1), (headSize) => headSize + 1),
  mlp: learnt('TTT-MLP', learns(tttMlp, 0.1), (headSize) => 8 * headSize + 5),
  hybrid: states.slice(0, 1).map((stateSize) => ({
    name: `Mamba-2, state ${stateSize}, the last layer attention`, holds: (layers - 1) * 2 * width * stateSize, mixer: (layer) => (layer === layers - 1 ? attends : scans(stateSize)),
  })),
};
const mixers = values.mixers.split(',').flatMap((name) => kinds[name]);
const modelOf = (mixer, maximumLength) => defineModel({
  vocabularySize, width, maximumLength, visibility: causal, prediction: 'next', tiedHead: true,
  layers: (scope) => Array.from({ length: layers }, (_, layer) => residual(rmsNorm(scope.child(layer).child('norm'), norm), mixer(layer)(scope.child(layer).child('mixer')))),
  finalNorm: (scope) => rmsNorm(scope, norm),
});

async function learn(model, task, rate, seed) {
  const stateFolder = await mkdtemp(join(tmpdir(), 'palimpsest-recall-'));
  const run = train({
    model, rows, length: task.length, microbatches: 1, threads, seed, clipNorm: 1, averageDecay: 0.99, clock: () => performance.now(), identity: 'recall', stateFolder, saveEvery: steps, stepsPerCall: 20,
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
  for (let start = 0; start < tokens.length; start += task.length) {
    const context = await backbone.open();
    const { ids } = await context.append(tokens.subarray(start, start + task.length), { give: 'top', top: 1 });
    predicted.set(ids, start);
    ({ stateBytes } = context);
    await context[Symbol.asyncDispose]();
  }
  await backbone[Symbol.asyncDispose]();
  return { accuracy: recallAccuracy(task, tokens, predicted), stateBytes };
}

const mean = (numbers) => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
console.log(`width ${width}, ${layers} layers, ${vocabularySize} ids, ${steps} steps of ${rows} rows, seeds ${seeds.join(', ')}; by chance an answer is right with 1 in ${Math.ceil(vocabularySize / 2)}`);
console.log('| pairs | tokens a row | model | parameters | numbers carried | bytes kept | accuracy, mean | each seed | rate | seconds |\n|---:|---:|---|---:|---:|---:|---:|---:|---:|---:|');
const tasks = lengths.flatMap((length) => pairCounts.filter((pairs) => 4 * pairs <= length).map((pairs) => ({ pairs, length, vocabularySize })));
for (const task of tasks) {
  for (const { name, mixer, holds } of mixers) {
    const model = modelOf(mixer, task.length);
    const tried = [];
    for (const rate of rates) {
      const learned = await learn(model, task, rate, seeds[0]);
      tried.push({ rate, ...learned, chosenBy: (await measure(model, task, learned.weights, 0, 100)).accuracy });
    }
    const best = tried.reduce((one, other) => (other.chosenBy > one.chosenBy ? other : one));
    const measured = [];
    for (const [index, seed] of seeds.entries()) measured.push(await measure(model, task, index === 0 ? best.weights : (await learn(model, task, best.rate, seed)).weights, 1000, 200));
    const parameters = model.parameters.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
    const accuracies = measured.map(({ accuracy }) => accuracy);
    const cells = [task.pairs, task.length, name, parameters, holds ?? 'every key and value', measured[0].stateBytes, mean(accuracies).toFixed(3), accuracies.map((value) => value.toFixed(3)).join(', '), best.rate, best.seconds.toFixed(0)];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
