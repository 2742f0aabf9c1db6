// Greedy decoding of Mamba-2 at the published 130 M shape, ours against llama.cpp in float32 by node-llama-cpp, in turn. Build first; install
// node-llama-cpp outside of this workspace and the Python package gguf; then: LLAMA=FOLDER_OF_NODE_LLAMA_CPP PYTHON=… node benchmarks/llama.mjs
// [--precision=float32|int8|int4] [--rounds=5] [--prompt=64] [--tokens=65] [--threads=2] [--weights=FOLDER]
import { execFileSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { openCheckpoint } from '../packages/checkpoints/dist/index.js';
import { spreadOf } from '../packages/evaluation/dist/index.js';
import { openBackbone } from '../packages/runtime/dist/index.js';
import { textOf, writePublishedShape } from './mamba2-shape.mjs';
import { decodeOnce } from './one-context.mjs';
import { printHead, settings, spread } from './report.mjs';

const { rounds, prompt: promptLength, tokens, threads, precision, python, weights } = settings({
  rounds: 5, prompt: 64, tokens: 65, threads: 2, precision: 'float32', python: process.env.PYTHON ?? 'python3', weights: '',
});
const { getLlama } = await import(pathToFileURL(join(resolve(process.env.LLAMA), 'dist/index.js')).href);
const folder = weights === '' ? await writePublishedShape() : weights;
const file = join(folder, 'model.gguf');
execFileSync(python, [fileURLToPath(new URL('peers/write_gguf.py', import.meta.url)), folder, file], { stdio: 'inherit' });
const prompt = textOf(promptLength);

const backbone = await openBackbone({ ...(await openCheckpoint(folder)), precision, threads, thread: 'own' });
const llama = await getLlama({ gpu: false, build: 'never', maxThreads: threads, logLevel: 'error' });
const model = await llama.loadModel({ modelPath: file, gpuLayers: 0 });
const context = await model.createContext({ contextSize: 2 * (promptLength + tokens), threads, batchSize: promptLength, sequences: 1 });

async function theirsOnce() {
  const sequence = context.getSequence();
  const ids = [];
  let first;
  for await (const id of sequence.evaluate([...prompt], { temperature: 0, yieldEogToken: true })) {
    first ??= performance.now();
    if (ids.push(id) === tokens) break;
  }
  const decode = (performance.now() - first) / (tokens - 1);
  sequence.dispose();
  return { decode, ids };
}

const ours = () => decodeOnce(backbone, prompt, tokens);
await ours();
await theirsOnce();
const pairs = [];
for (let round = 0; round < rounds; round++) pairs.push({ theirs: await theirsOnce(), ours: await ours() });
const last = pairs.at(-1);
printHead(`Mamba-2, 24 layers of width 768, ${precision} beside llama.cpp in float32, ${threads} threads, ${rounds} rounds of ${tokens} tokens`, [
  `decoding, a token: llama.cpp ${spread(spreadOf(pairs.map(({ theirs }) => theirs.decode)), 1)} ms, Palimpsest ${spread(spreadOf(pairs.map((pair) => pair.ours.decode)), 1)} ms`,
  `ratio ${spread(spreadOf(pairs.map((pair) => pair.theirs.decode / pair.ours.decode)))}; equal tokens: ${last.ours.ids.filter((id, index) => id === last.theirs.ids[index]).length} of ${tokens}`,
]);
await Promise.all([backbone[Symbol.asyncDispose](), llama.dispose()]);
await rm(weights === '' ? folder : file, { recursive: true });
