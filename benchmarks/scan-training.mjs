// Whole training steps of Mamba-2 at the size of storybook-mamba2, ours against a port in PyTorch eager, in turn: the same optimiser and shape of
// batch, random tokens. Build first; then: PYTHON=… node benchmarks/scan-training.mjs [--rounds=6] [--steps=1] [--threads=2] [--rows=32] [--microbatches=4]
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { causal } from '../packages/backbone/dist/index.js';
import { randomStream } from '../packages/sampling/dist/index.js';
import { defineMambaModel, mamba2 } from '../packages/ssm/dist/index.js';
import { adamW, nextToken, train, windowRows } from '../packages/training/dist/index.js';
import { besidePeer, clock, startPeer } from './peer.mjs';
import { megabytes, printHead, settings, spread } from './report.mjs';

const recipe = JSON.parse(await readFile(new URL('../packages/models/recipes/storybook-mamba2.json', import.meta.url), 'utf8'));
const { width, layers, mamba2: { heads, headSize, stateSize, groups, normGroups, kernel }, normEpsilon } = recipe.model;
const vocabulary = 2048;
const { rounds, steps, threads, rows, length, microbatches, python } = settings({
  rounds: 6, steps: 1, threads: 2, rows: recipe.rows, length: recipe.length, microbatches: recipe.microbatches, python: process.env.PYTHON ?? 'python3',
});
const size = { vocabulary, width, layers, heads, 'head-size': headSize, 'state-size': stateSize, batch: rows, length, microbatches, steps, threads, warmup: 1 };
const peer = await startPeer(python, 'scan_training.py', Object.entries(size).flatMap(([name, value]) => [`--${name}`, String(value)]));

const model = defineMambaModel({
  vocabularySize: vocabulary, width, maximumLength: length, visibility: causal, prediction: 'next', tiedHead: true, layers, normEpsilon,
  mixer: (scope) => mamba2(scope, { width, heads, headSize, stateSize, groups, normGroups, normEpsilon, kernel, depth: layers }),
});
const { integer } = randomStream(1);
const ids = Int32Array.from({ length: 100_000 }, () => integer(vocabulary));
const rule = adamW({ learningRate: 1e-3, beta2: 0.95, weightDecay: 0.1 });
const stateFolder = await mkdtemp(join(tmpdir(), 'palimpsest-'));
const run = train({
  model, objective: nextToken, data: windowRows({ ids, rows, length, seed: 2 }), rows, length, microbatches, stepsPerCall: steps,
  optimiser: { matrix: rule, embedding: rule, vector: rule },
  schedule: { steps: 1e9, warmupSteps: 0, decaySteps: 0 }, clipNorm: 1, seed: 3, threads, identity: 'benchmark', stateFolder, saveEvery: 1e9, clock,
});
const { value: { parameters } } = await run.next();

const result = await besidePeer(peer, {
  question: {},
  run: async () => {
    let last;
    for (let step = 0; step < steps; step++) last = (await run.next()).value;
    return last;
  },
  units: steps * rows * length, rounds, warmupRounds: 1,
});
const [theirs, ours] = [result.theirs.at(-1), result.ours.at(-1)];
const perSecond = ({ unitsPerSecond }) => spread(unitsPerSecond, 0);
printHead(`Training of Mamba-2, ${layers} layers of width ${width}, ${rows} x ${length} tokens a step in ${microbatches} parts, AdamW, ${threads} threads, ${rounds} rounds of ${steps} steps`, [
  `${result.baseline.name}: ${perSecond(result.baseline)} tokens a second; ${peer.parameters} parameters; loss ${theirs.loss.toFixed(2)}; peak memory ${megabytes(theirs.peak_bytes)}`,
  `${result.candidate.name}: ${perSecond(result.candidate)} tokens a second; ${parameters} parameters; loss ${ours.loss.toFixed(2)}; peak memory ${megabytes(1024 * process.resourceUsage().maxRSS)}`,
  `ratio ${spread(result.ratio)}`,
]);
await run.return();
await Promise.all([peer.stop(), rm(stateFolder, { recursive: true })]);
