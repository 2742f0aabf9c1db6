// TTT-Linear against the authors' PyTorch code, in turn: prefill and greedy decoding of one sequence at the published 125 M shape (Mamba backbone,
// random weights), loss and gradients at the size trained here; then ours alone along a long text. Build first; then:
// PYTHON=… TTT_LM_PYTORCH=… node benchmarks/test-time-training.mjs [--parts=generate,train,long] [--rounds=5] [--prompt=512] [--tokens=16] [--rows=8] [--length=128] [--threads=2] [--longest=32768] [--weights=FOLDER, for generating] [--time=wall|processor]
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openCheckpoint, readTensors } from '../packages/checkpoints/dist/index.js';
import { spreadOf } from '../packages/evaluation/dist/index.js';
import { writeOnnx } from '../packages/graph/dist/index.js';
import { openBackbone, openSession } from '../packages/runtime/dist/index.js';
import { buildGradients } from '../packages/training/dist/index.js';
import { alongLongText, compare, decodeOnce, generationLines, textOf, writeRandom } from './one-context.mjs';
import { besidePeer, startPeer } from './peer.mjs';
import { megabytes, printHead, settings, spread } from './report.mjs';

const { parts, rounds, prompt: promptLength, tokens, rows, length, threads, longest, python, code, weights: given, time } = settings({
  parts: 'generate,train,long', rounds: 5, prompt: 512, tokens: 16, rows: 8, length: 128, threads: 2, longest: 32_768, python: process.env.PYTHON ?? 'python3', code: process.env.TTT_LM_PYTORCH ?? '', weights: '', time: 'wall',
});
const mamba = { model_type: 'ttt', share_qk: true, use_gate: true, pre_conv: true, ttt_layer_type: 'linear', tie_word_embeddings: true };
const published = { ...mamba, vocab_size: 32_000, hidden_size: 768, intermediate_size: 2048, num_hidden_layers: 12, num_attention_heads: 12 };
const shipped = { ...mamba, vocab_size: 2048, hidden_size: 192, intermediate_size: 512, num_hidden_layers: 6, num_attention_heads: 6 };

/** Milliseconds; those that the processors spent on this process where the machine has other work to do. */
const clock = () => {
  if (time === 'wall') return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
async function inTurn(folder, run, question) {
  const peer = await startPeer(python, 'ttt.py', ['--code', code, '--weights', folder, '--threads', String(threads), '--clock', time]);
  const sides = await besidePeer(peer, { question, run, units: 1, rounds, warmupRounds: 1 });
  await peer.stop();
  return { sides, engine: peer.engine };
}

async function generate() {
  const folder = given === '' ? await writeRandom('ttt', published) : given;
  const backbone = await openBackbone({ ...(await openCheckpoint(folder)), threads, thread: 'own' });
  const text = textOf(Math.max(longest, promptLength) + 1, published.vocab_size);
  const prompt = text.subarray(0, promptLength);
  if (parts.includes('generate')) {
    const { sides, engine } = await inTurn(folder, () => decodeOnce(backbone, prompt, tokens, clock), { prompt: [...prompt], new_tokens: tokens });
    printHead(`TTT-Linear 125 M, ${threads} threads, ${rounds} rounds, ${time} time`, generationLines(sides, { engine, promptLength, tokens }));
  }
  if (parts.includes('long')) await alongLongText(backbone, text, longest, clock);
  await backbone[Symbol.asyncDispose]();
  if (given === '') await rm(folder, { recursive: true });
}

async function train() {
  const folder = await writeRandom('ttt', shipped);
  const { definition } = await openCheckpoint(folder);
  const start = clock();
  const { loss, gradients } = buildGradients({ model: definition, rows, length, microbatches: 1 });
  const session = await openSession(writeOnnx({ outputs: { loss, ...Object.fromEntries(gradients.map((gradient, i) => [`gradient ${i}`, gradient])) }, storage: () => 'input' }), { threads });
  const opening = clock() - start;
  const ids = Array.from({ length: rows }, (_, row) => [...textOf(row + length + 1, shipped.vocab_size).subarray(row)]);
  const int64 = (from) => ({ type: 'int64', shape: [rows, length], data: BigInt64Array.from(ids.flatMap((line) => line.slice(from, from + length)), BigInt) });
  const weights = new Map([...await readTensors(join(folder, 'model.safetensors'))].map(([name, { shape, data }]) => [name, { type: 'float32', shape, data: Float32Array.from(data) }]));
  const feeds = { ...Object.fromEntries(weights), tokens: int64(0), targets: int64(1), weights: { type: 'float32', shape: [rows, length], data: new Float32Array(rows * length).fill(1 / rows / length) } };
  const once = async () => {
    const from = clock();
    const results = await session.run(feeds);
    return { milliseconds: clock() - from, loss: results.loss.data[0] };
  };
  const { sides, engine } = await inTurn(folder, once, { rows: ids });
  const rate = (milliseconds) => (rows * length * 1000) / milliseconds;
  const speed = compare(sides, (their) => rate(their.milliseconds), (own) => rate(own.milliseconds));
  const ratio = spreadOf(sides.ours.map((own, round) => sides.theirs[round].milliseconds / own.milliseconds));
  const last = { theirs: sides.theirs.at(-1), ours: sides.ours.at(-1) };
  printHead(`TTT-Linear of ${definition.parameters.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0)} parameters, ${rows} x ${length} tokens, ${threads} threads, ${rounds} rounds, ${time} time`, [
    `loss and gradients: ${engine} ${spread(speed.theirs, 0)} tokens/s, Palimpsest ${spread(speed.ours, 0)} tokens/s, ratio ${spread(ratio)}`,
    `losses ${last.theirs.loss.toFixed(5)} and ${last.ours.loss.toFixed(5)}; graph built and opened in ${(opening / 1000).toFixed(1)} s; peak memory ${megabytes(1024 * process.resourceUsage().maxRSS)} against ${megabytes(last.theirs.peak_bytes)}`,
  ]);
  await session[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
}

if (parts.includes('train')) await train();
if (parts.includes('generate') || parts.includes('long')) await generate();
