// Mamba-2 at the published 130 M shape, random weights: prefill and greedy decoding of one sequence, ours against transformers in float32, in
// turn, unless --rounds=0; then ours alone along a long text, unless --longest=0. Build first; then: PYTHON=… node benchmarks/scans.mjs [--precision=float32|int8|int4]
// [--rounds=5] [--prompt=512] [--tokens=65] [--threads=2] [--longest=32768] [--weights=FOLDER]
import { rm } from 'node:fs/promises';
import { openCheckpoint } from '../packages/checkpoints/dist/index.js';
import { openBackbone } from '../packages/runtime/dist/index.js';
import { textOf, writePublishedShape } from './mamba2-shape.mjs';
import { alongLongText, decodeOnce, generationLines } from './one-context.mjs';
import { besidePeer, startPeer } from './peer.mjs';
import { printHead, settings } from './report.mjs';

const { rounds, prompt: promptLength, tokens, threads, longest, precision, python, weights } = settings({
  rounds: 5, prompt: 512, tokens: 65, threads: 2, longest: 32_768, precision: 'float32', python: process.env.PYTHON ?? 'python3', weights: '',
});

const folder = weights === '' ? await writePublishedShape() : weights;
const text = textOf(Math.max(longest, promptLength) + 1);

const backbone = await openBackbone({ ...(await openCheckpoint(folder)), precision, threads, thread: 'own' });
if (rounds > 0) await beside();
if (longest > 0) await alongLongText(backbone, text, longest);
await backbone[Symbol.asyncDispose]();
if (weights === '') await rm(folder, { recursive: true });

async function beside() {
  const peer = await startPeer(python, 'scans.py', ['--weights', folder, '--threads', String(threads)]);
  const sides = await besidePeer(peer, {
    question: { prompt: [...text.subarray(0, promptLength)], new_tokens: tokens }, run: () => decodeOnce(backbone, text.subarray(0, promptLength), tokens), units: tokens, rounds, warmupRounds: 1,
  });
  await peer.stop();
  printHead(`Mamba-2, 24 layers of width 768, ${precision}, ${threads} threads, ${rounds} rounds`, generationLines(sides, { engine: peer.engine, promptLength, tokens }));
}
