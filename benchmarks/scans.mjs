// Mamba-2 at the published 130 M shape, random weights: prefill and greedy decoding of one sequence, ours against transformers, in turn; then
// ours alone along a long text. Build first; then: PYTHON=… node benchmarks/scans.mjs [--rounds=5] [--prompt=512] [--tokens=16] [--threads=2] [--longest=32768] [--weights=FOLDER]
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { families, openCheckpoint, writeTensors } from '../packages/checkpoints/dist/index.js';
import { spreadOf } from '../packages/evaluation/dist/index.js';
import { openBackbone } from '../packages/runtime/dist/index.js';
import { randomStream } from '../packages/sampling/dist/index.js';
import { besidePeer, clock, startPeer } from './peer.mjs';
import { megabytes, printHead, settings, spread } from './report.mjs';

const { rounds, prompt: promptLength, tokens, threads, longest, python, weights } = settings({
  rounds: 5, prompt: 512, tokens: 16, threads: 2, longest: 32_768, python: process.env.PYTHON ?? 'python3', weights: '',
});

async function writePublishedShape() {
  const folder = await mkdtemp(join(tmpdir(), 'palimpsest-'));
  const config = {
    model_type: 'mamba2', hidden_size: 768, num_hidden_layers: 24, num_heads: 24, head_dim: 64, state_size: 128, n_groups: 1, conv_kernel: 4, expand: 2,
    layer_norm_epsilon: 1e-5, vocab_size: 50_288, tie_word_embeddings: true, chunk_size: 256, hidden_act: 'silu',
  };
  const { definition, tensorName } = families.find(({ name }) => name === 'mamba2').assemble(config, 'config.json');
  const { normal } = randomStream(1);
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  await writeTensors(join(folder, 'model.safetensors'), new Map(definition.parameters.map(({ name, shape, initialise }) => [tensorName(name), { shape, data: initialise(shape, normal) }])), { metadata: { format: 'pt' } });
  return folder;
}

const folder = weights === '' ? await writePublishedShape() : weights;
const text = Int32Array.from({ length: Math.max(longest, promptLength) + 1 }, (_, i) => (7919 * i + 5) % 50_000);
const best = (length) => ({ give: 'top', top: 1, rows: Int32Array.of(length - 1) });

async function oursOnce(backbone) {
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
}

const backbone = await openBackbone({ ...(await openCheckpoint(folder)), threads, thread: 'own' });
const peer = await startPeer(python, 'scans.py', ['--weights', folder, '--threads', String(threads)]);
const { theirs, ours } = await besidePeer(peer, {
  question: { prompt: [...text.subarray(0, promptLength)], new_tokens: tokens }, run: () => oursOnce(backbone), units: tokens, rounds, warmupRounds: 1,
});
await peer.stop();
/** The sides' own measurements of a part of a run. */
const compare = (ofTheirs, ofOurs) => ({ theirs: spreadOf(theirs.map(ofTheirs)), ours: spreadOf(ours.map(ofOurs)), ratio: spreadOf(ours.map((own, round) => ofTheirs(theirs[round]) / ofOurs(own))) });
const prefill = compare((their) => their.prefill_milliseconds, (own) => own.prefill);
const decode = compare((their) => their.decode_milliseconds, (own) => own.decode);
const last = { theirs: theirs.at(-1), ours: ours.at(-1) };
printHead(`Mamba-2, 24 layers of width 768, ${threads} threads, ${rounds} rounds`, [
  `prefill of ${promptLength} tokens: ${peer.engine} ${spread(prefill.theirs, 0)} ms, Palimpsest ${spread(prefill.ours, 0)} ms, ratio ${spread(prefill.ratio)}`,
  `decoding, a token: ${spread(decode.theirs, 1)} ms, Palimpsest ${spread(decode.ours, 1)} ms, ratio ${spread(decode.ratio)}`,
  `equal tokens: ${last.ours.ids.filter((id, index) => id === last.theirs.ids[index]).length} of ${tokens}; state ${megabytes(last.ours.stateBytes)}; peak memory ${megabytes(1024 * process.resourceUsage().maxRSS)} against ${megabytes(last.theirs.peak_bytes)}`,
]);

const rows = [];
const context = await backbone.open();
for (let length = 256; length <= longest; length *= 2) {
  await context.append(text.subarray(context.length, length), best(length - context.length));
  const times = [];
  for (let i = 0; i < 25; i++) { // scored, not appended: the text stays as long as it is
    const start = clock();
    await context.score(text.subarray(length, length + 1), best(1));
    times.push(clock() - start);
  }
  rows.push({ length, milliseconds: spreadOf(times).median, stateBytes: context.stateBytes, peak: 1024 * process.resourceUsage().maxRSS });
}
for (const { length, milliseconds, stateBytes, peak } of rows) console.log(`after ${length} tokens: ${milliseconds.toFixed(1)} ms a token, state ${stateBytes} bytes, peak memory ${megabytes(peak)}`);
console.log(`last / first ${(rows.at(-1).milliseconds / rows[0].milliseconds).toFixed(3)}`);
await backbone[Symbol.asyncDispose]();
if (weights === '') await rm(folder, { recursive: true });
