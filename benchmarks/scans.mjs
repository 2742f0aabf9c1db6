// Mamba-2 at the published 130 M shape, random weights: prefill and greedy decoding of one sequence, ours against transformers in float32, in
// turn; then ours alone along a long text, unless --longest=0. Build first; then: PYTHON=… node benchmarks/scans.mjs [--precision=float32|int8|int4]
// [--rounds=5] [--prompt=512] [--tokens=65] [--threads=2] [--longest=32768] [--weights=FOLDER]
import { rm } from 'node:fs/promises';
import { openCheckpoint } from '../packages/checkpoints/dist/index.js';
import { spreadOf } from '../packages/evaluation/dist/index.js';
import { openBackbone } from '../packages/runtime/dist/index.js';
import { best, decodeOnce, textOf, writePublishedShape } from './mamba2-shape.mjs';
import { besidePeer, clock, startPeer } from './peer.mjs';
import { megabytes, printHead, settings, spread } from './report.mjs';

const { rounds, prompt: promptLength, tokens, threads, longest, precision, python, weights } = settings({
  rounds: 5, prompt: 512, tokens: 65, threads: 2, longest: 32_768, precision: 'float32', python: process.env.PYTHON ?? 'python3', weights: '',
});

const folder = weights === '' ? await writePublishedShape() : weights;
const text = textOf(Math.max(longest, promptLength) + 1);

const backbone = await openBackbone({ ...(await openCheckpoint(folder)), precision, threads, thread: 'own' });
const peer = await startPeer(python, 'scans.py', ['--weights', folder, '--threads', String(threads)]);
const { theirs, ours } = await besidePeer(peer, {
  question: { prompt: [...text.subarray(0, promptLength)], new_tokens: tokens }, run: () => decodeOnce(backbone, text.subarray(0, promptLength), tokens), units: tokens, rounds, warmupRounds: 1,
});
await peer.stop();
/** The sides' own measurements of a part of a run. */
const compare = (ofTheirs, ofOurs) => ({ theirs: spreadOf(theirs.map(ofTheirs)), ours: spreadOf(ours.map(ofOurs)), ratio: spreadOf(ours.map((own, round) => ofTheirs(theirs[round]) / ofOurs(own))) });
const prefill = compare((their) => their.prefill_milliseconds, (own) => own.prefill);
const decode = compare((their) => their.decode_milliseconds, (own) => own.decode);
const last = { theirs: theirs.at(-1), ours: ours.at(-1) };
printHead(`Mamba-2, 24 layers of width 768, ${precision}, ${threads} threads, ${rounds} rounds`, [
  `prefill of ${promptLength} tokens: ${peer.engine} ${spread(prefill.theirs, 0)} ms, Palimpsest ${spread(prefill.ours, 0)} ms, ratio ${spread(prefill.ratio)}`,
  `decoding, a token: ${spread(decode.theirs, 1)} ms, Palimpsest ${spread(decode.ours, 1)} ms, ratio ${spread(decode.ratio)}`,
  `equal tokens: ${last.ours.ids.filter((id, index) => id === last.theirs.ids[index]).length} of ${tokens}; state ${megabytes(last.ours.stateBytes)}; peak memory ${megabytes(1024 * process.resourceUsage().maxRSS)} against ${megabytes(last.theirs.peak_bytes)}`,
]);

async function alongLongText() {
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
}
if (longest > 0) await alongLongText();
await backbone[Symbol.asyncDispose]();
if (weights === '') await rm(folder, { recursive: true });
