// Whole training steps of a Mamba-2 of the shipped size, ours against transformers' class in PyTorch eager, in turn: AdamW, random tokens.
// Build first; then: PYTHON=… node benchmarks/scans-training.mjs [--rounds=6] [--steps=1] [--threads=2] [--rows=16] [--microbatches=2]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { causal } from '../packages/backbone/dist/index.js';
import { sideBySide } from '../packages/evaluation/dist/index.js';
import { defineMambaModel, mamba2 } from '../packages/ssm/dist/index.js';
import { adamW, nextToken, train, windowRows } from '../packages/training/dist/index.js';
import { randomStream } from '../packages/sampling/dist/index.js';
import { startPeer } from './peer.mjs';
import { megabytes, printHead, settings, spread } from './report.mjs';

const { rounds, steps, threads, rows, length, microbatches, python } = settings({
  rounds: 6, steps: 1, threads: 2, rows: 16, length: 128, microbatches: 2, python: process.env.PYTHON ?? 'python3',
});
const clock = () => performance.now();
const peer = await startPeer(python, 'scans_training.py', ['--threads', threads, '--batch', rows, '--length', length, '--steps', steps, '--microbatch', rows / microbatches].map(String));

const [vocabularySize, width, layers] = [2048, 192, 10];
const model = defineMambaModel({
  vocabularySize, width, layers, normEpsilon: 1e-5, tiedHead: true, maximumLength: 4096, visibility: causal, prediction: 'next',
  mixer: (scope) => mamba2(scope, { width, heads: 6, headSize: 64, stateSize: 64, groups: 1, normGroups: 1, normEpsilon: 1e-5, kernel: 4, depth: layers }),
});
const { integer } = randomStream(1);
const ids = Int32Array.from({ length: 100_000 }, () => integer(vocabularySize));
const rule = adamW({ learningRate: 1e-3, beta2: 0.95, weightDecay: 0.1 });
const stateFolder = await mkdtemp(join(tmpdir(), 'palimpsest-'));
const run = train({
  model, objective: nextToken, data: windowRows({ ids, rows, length, seed: 2 }), rows, length, microbatches, stepsPerCall: steps,
  optimiser: { matrix: rule, embedding: rule, vector: rule },
  schedule: { steps: 1e9, warmupSteps: 0, decaySteps: 0 }, clipNorm: 1, seed: 3, threads, identity: 'benchmark', stateFolder, saveEvery: 1e9, clock,
});
const { value: { parameters } } = await run.next();

const tokens = steps * rows * length;
let theirs;
let ours;
const result = await sideBySide({
  baseline: {
    name: peer.engine,
    run: async () => {
      theirs = await peer.ask();
      return tokens;
    },
  },
  candidate: {
    name: 'Palimpsest',
    run: async () => {
      for (let step = 0; step < steps; step++) ours = (await run.next()).value;
      return tokens;
    },
  },
  rounds, warmupRounds: 1, clock,
});

const perSecond = ({ unitsPerSecond }) => spread(unitsPerSecond, 0);
printHead(`Training a Mamba-2, ${rows} x ${length} tokens a step, AdamW, ${threads} threads, ${rounds} rounds of ${steps} steps`, [
  `${result.baseline.name}: ${perSecond(result.baseline)} tokens a second; ${peer.parameters} parameters; loss ${theirs.loss.toFixed(2)}; peak memory ${megabytes(theirs.peak_bytes)}`,
  `${result.candidate.name}: ${perSecond(result.candidate)} tokens a second; ${parameters} parameters; loss ${ours.loss.toFixed(2)}; peak memory ${megabytes(1024 * process.resourceUsage().maxRSS)}`,
  `ratio ${spread(result.ratio)}`,
]);
await run.return();
await Promise.all([peer.stop(), rm(stateFolder, { recursive: true })]);
