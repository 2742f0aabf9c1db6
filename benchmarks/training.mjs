// Whole training steps, ours against PyTorch eager, in turn: the same model, optimiser and batch, random tokens.
// Build first; then: PYTHON=… node benchmarks/training.mjs [--rounds=12] [--steps=4] [--threads=2] [--optimiser=adamw|muon] [--microbatches=2]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { causal } from '../packages/backbone/dist/index.js';
import { defineTransformer } from '../packages/layers/dist/index.js';
import { adamW, muon, nextToken, train, windowRows } from '../packages/training/dist/index.js';
import { randomStream } from '../packages/sampling/dist/index.js';
import { besidePeer, clock, startPeer } from './peer.mjs';
import { megabytes, printHead, settings, spread } from './report.mjs';
import { size } from './shipped-size.mjs';

const { rounds, steps, threads, rows, length, optimiser, microbatches, python } = settings({
  rounds: 12, steps: 4, threads: 2, rows: 16, length: 128, optimiser: 'adamw', microbatches: 2, python: process.env.PYTHON ?? 'python3',
});
const peer = await startPeer(python, 'training.py', ['--qk-norm', '--threads', threads, '--batch', rows, '--length', length, '--steps', steps, '--optimiser', optimiser].map(String));

const model = defineTransformer({
  vocabularySize: size.vocabulary, width: size.width, layers: size.layers, heads: size.heads, keyHeads: size.heads, headSize: size.headSize, hidden: size.hidden,
  maximumLength: length, visibility: causal, prediction: 'next', rotary: { theta: 10_000 }, normEpsilon: 1e-6, tiedHead: true, queryKeyNorm: true,
});
const { integer } = randomStream(1);
const ids = Int32Array.from({ length: 100_000 }, () => integer(size.vocabulary));
const rule = adamW({ learningRate: 1e-3, beta2: 0.95, weightDecay: 0.1 });
const stateFolder = await mkdtemp(join(tmpdir(), 'palimpsest-'));
const run = train({
  model, objective: nextToken, data: windowRows({ ids, rows, length, seed: 2 }), rows, length, microbatches, stepsPerCall: steps,
  optimiser: { matrix: optimiser === 'muon' ? muon({ learningRate: 0.02, weightDecay: 0.1 }) : rule, embedding: rule, vector: rule },
  schedule: { steps: 1e9, warmupSteps: 0, decaySteps: 0 }, clipNorm: 1, seed: 3, threads, identity: 'benchmark', stateFolder, saveEvery: 1e9, clock,
});
const { value: { parameters } } = await run.next();

const tokens = steps * rows * length;
const result = await besidePeer(peer, {
  question: {},
  run: async () => {
    let event;
    for (let step = 0; step < steps; step++) event = (await run.next()).value;
    return event;
  },
  units: tokens, rounds, warmupRounds: 2,
});
const [theirs, ours] = [result.theirs.at(-1), result.ours.at(-1)];

const perSecond = ({ unitsPerSecond }) => spread(unitsPerSecond, 0);
printHead(`Training, ${rows} x ${length} tokens a step, ${optimiser}, ${threads} threads, ${rounds} rounds of ${steps} steps`, [
  `${result.baseline.name}: ${perSecond(result.baseline)} tokens a second; ${peer.parameters} parameters; loss ${theirs.loss.toFixed(2)}; peak memory ${megabytes(theirs.peak_bytes)}`,
  `${result.candidate.name}: ${perSecond(result.candidate)} tokens a second; ${parameters} parameters; loss ${ours.loss.toFixed(2)}; peak memory ${megabytes(1024 * process.resourceUsage().maxRSS)}`,
  `ratio ${spread(result.ratio)}`,
]);
await run.return();
await Promise.all([peer.stop(), rm(stateFolder, { recursive: true })]);
