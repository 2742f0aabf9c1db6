// TTT-Linear against the authors' PyTorch code, in turn: prefill and greedy decoding of one sequence at the published 125 M shape (Mamba backbone,
// random weights), loss and gradients at the size trained here; then ours alone along a long text. Build first; then:
// PYTHON=… TTT_LM_PYTORCH=… node benchmarks/test-time-training.mjs [--parts=generate,train,long] [--rounds=5] [--prompt=512] [--tokens=16] [--rows=8] [--length=128] [--threads=2] [--longest=32768] [--weights=FOLDER, for generating] [--time=wall|processor]
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { families, openCheckpoint, readTensors, writeTensors } from '../packages/checkpoints/dist/index.js';
import { spreadOf } from '../packages/evaluation/dist/index.js';
import { writeOnnx } from '../packages/graph/dist/index.js';
import { openBackbone, openSession } from '../packages/runtime/dist/index.js';
import { randomStream } from '../packages/sampling/dist/index.js';
import { buildGradients } from '../packages/training/dist/index.js';
import { startPeer } from './peer.mjs';
import { megabytes, printHead, settings, spread } from './report.mjs';

const { parts, rounds, prompt: promptLength, tokens, rows, length, threads, longest, python, code, weights: given, time } = settings({
  parts: 'generate,train,long', rounds: 5, prompt: 512, tokens: 16, rows: 8, length: 128, threads: 2, longest: 32_768, python: process.env.PYTHON ?? 'python3', code: process.env.TTT_LM_PYTORCH ?? '', weights: '', time: 'wall',
});
const mamba = { model_type: 'ttt', share_qk: true, use_gate: true, pre_conv: true, ttt_layer_type: 'linear', tie_word_embeddings: true };
const published = { ...mamba, vocab_size: 32_000, hidden_size: 768, intermediate_size: 2048, num_hidden_layers: 12, num_attention_heads: 12 };
const shipped = { ...mamba, vocab_size: 2048, hidden_size: 192, intermediate_size: 512, num_hidden_layers: 6, num_attention_heads: 6 };

/** A folder with random weights. */
async function written(config) {
  const folder = await mkdtemp(join(tmpdir(), 'palimpsest-'));
  const { definition, tensorName } = families.find(({ name }) => name === 'ttt').assemble(config, 'config.json');
  const { normal } = randomStream(1);
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  await writeTensors(join(folder, 'model.safetensors'), new Map(definition.parameters.map(({ name, shape, initialise }) => [tensorName(name), { shape, data: initialise(shape, normal) }])), { metadata: { format: 'pt' } });
  return folder;
}

/** Milliseconds; those that the processors spent on this process where the machine has other work to do. */
const clock = () => {
  if (time === 'wall') return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const idsOf = (count, below) => Array.from({ length: count }, (_, i) => (7919 * i + 5) % below);
const best = (count) => ({ give: 'top', top: 1, rows: Int32Array.of(count - 1) });
const compared = (pairs, theirs, ours) => ({ theirs: spreadOf(pairs.map(theirs)), ours: spreadOf(pairs.map(ours)), ratio: spreadOf(pairs.map((pair) => theirs(pair) / ours(pair))) });
async function inTurn(folder, ours, line) {
  const peer = await startPeer(python, 'ttt.py', ['--code', code, '--weights', folder, '--threads', String(threads), '--clock', time]);
  await ours();
  await peer.ask(line);
  const pairs = [];
  for (let round = 0; round < rounds; round++) pairs.push({ theirs: await peer.ask(line), ours: await ours() });
  await peer.stop();
  return { pairs, engine: peer.engine };
}

async function generate() {
  const folder = given === '' ? await written(published) : given;
  const backbone = await openBackbone({ ...(await openCheckpoint(folder)), threads, thread: 'own' });
  const text = Int32Array.from(idsOf(Math.max(longest, promptLength) + 1, 32_000));
  const once = async () => {
    const context = await backbone.open();
    const start = clock();
    let { ids: next } = await context.append(text.subarray(0, promptLength), best(promptLength));
    const ids = [next[0]];
    const first = clock();
    while (ids.length < tokens) {
      ({ ids: next } = await context.append(next, best(1)));
      ids.push(next[0]);
    }
    const decode = (clock() - first) / (tokens - 1);
    const { stateBytes } = context;
    await context[Symbol.asyncDispose]();
    return { prefill: first - start, decode, ids, stateBytes };
  };
  if (parts.includes('generate')) {
    const { pairs, engine } = await inTurn(folder, once, { prompt: [...text.subarray(0, promptLength)], new_tokens: tokens });
    const prefill = compared(pairs, ({ theirs }) => theirs.prefill_milliseconds, ({ ours }) => ours.prefill);
    const decode = compared(pairs, ({ theirs }) => theirs.decode_milliseconds, ({ ours }) => ours.decode);
    const last = pairs.at(-1);
    printHead(`TTT-Linear 125 M, ${threads} threads, ${rounds} rounds, ${time} time`, [
      `prefill of ${promptLength} tokens: ${engine} ${spread(prefill.theirs, 0)} ms, Palimpsest ${spread(prefill.ours, 0)} ms, ratio ${spread(prefill.ratio)}`,
      `decoding, a token: ${spread(decode.theirs, 1)} ms, Palimpsest ${spread(decode.ours, 1)} ms, ratio ${spread(decode.ratio)}`,
      `equal tokens: ${last.ours.ids.filter((id, index) => id === last.theirs.ids[index]).length} of ${tokens}; state ${megabytes(last.ours.stateBytes)}; peak memory ${megabytes(1024 * process.resourceUsage().maxRSS)} against ${megabytes(last.theirs.peak_bytes)}`,
    ]);
  }
  if (parts.includes('long')) await along(backbone, text);
  await backbone[Symbol.asyncDispose]();
  if (given === '') await rm(folder, { recursive: true });
}

async function along(backbone, text) {
  const found = [];
  const context = await backbone.open();
  for (let at = 256; at <= longest; at *= 2) {
    await context.append(text.subarray(context.length, at), best(at - context.length));
    const times = [];
    for (let i = 0; i < 25; i++) { // scored, not appended: the text stays as long as it is
      const start = clock();
      await context.score(text.subarray(at, at + 1), best(1));
      times.push(clock() - start);
    }
    found.push({ at, milliseconds: spreadOf(times).median, stateBytes: context.stateBytes });
  }
  for (const { at, milliseconds, stateBytes } of found) console.log(`after ${at} tokens: ${milliseconds.toFixed(1)} ms a token, state ${stateBytes} bytes, peak memory ${megabytes(1024 * process.resourceUsage().maxRSS)}`);
  console.log(`last / first ${(found.at(-1).milliseconds / found[0].milliseconds).toFixed(3)}`);
}

async function train() {
  const folder = await written(shipped);
  const { definition } = await openCheckpoint(folder);
  const start = clock();
  const { loss, gradients } = buildGradients({ model: definition, rows, length, microbatches: 1 });
  const session = await openSession(writeOnnx({ outputs: { loss, ...Object.fromEntries(gradients.map((gradient, i) => [`gradient ${i}`, gradient])) }, storage: () => 'input' }), { threads });
  const opening = clock() - start;
  const ids = Array.from({ length: rows }, (_, row) => idsOf(row + length + 1, 2048).slice(row));
  const int64 = (from) => ({ type: 'int64', shape: [rows, length], data: BigInt64Array.from(ids.flatMap((line) => line.slice(from, from + length)), BigInt) });
  const weights = new Map([...await readTensors(join(folder, 'model.safetensors'))].map(([name, { shape, data }]) => [name, { type: 'float32', shape, data: Float32Array.from(data) }]));
  const feeds = { ...Object.fromEntries(weights), tokens: int64(0), targets: int64(1), weights: { type: 'float32', shape: [rows, length], data: new Float32Array(rows * length).fill(1 / rows / length) } };
  const once = async () => {
    const from = clock();
    const results = await session.run(feeds);
    return { milliseconds: clock() - from, loss: results.loss.data[0] };
  };
  const { pairs, engine } = await inTurn(folder, once, { rows: ids });
  const rate = (milliseconds) => (rows * length * 1000) / milliseconds;
  const speed = compared(pairs, ({ theirs }) => rate(theirs.milliseconds), ({ ours }) => rate(ours.milliseconds));
  const ratio = spreadOf(pairs.map(({ theirs, ours }) => theirs.milliseconds / ours.milliseconds));
  const last = pairs.at(-1);
  printHead(`TTT-Linear of ${definition.parameters.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0)} parameters, ${rows} x ${length} tokens, ${threads} threads, ${rounds} rounds, ${time} time`, [
    `loss and gradients: ${engine} ${spread(speed.theirs, 0)} tokens/s, Palimpsest ${spread(speed.ours, 0)} tokens/s, ratio ${spread(ratio)}`,
    `losses ${last.theirs.loss.toFixed(5)} and ${last.ours.loss.toFixed(5)}; graph built and opened in ${(opening / 1000).toFixed(1)} s; peak memory ${megabytes(1024 * process.resourceUsage().maxRSS)} against ${megabytes(last.theirs.peak_bytes)}`,
  ]);
  await session[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
}

if (parts.includes('train')) await train();
if (parts.includes('generate') || parts.includes('long')) await generate();
