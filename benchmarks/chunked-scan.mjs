// Mamba-2's recurrence over a whole text, at the published 130 M shape unless told otherwise: ONNX Runtime's LinearAttention beside the chunked form
// of products (Dao & Gu 2024, arXiv:2405.21060, listing 1), both compiled alone, in turn. The chunked form has no other use here: it is no quicker.
// Build first; then: node benchmarks/chunked-scan.mjs [--rounds=15] [--length=512] [--heads=24] [--head-size=64] [--state=128] [--threads=2]
import { sideBySide } from '../packages/evaluation/dist/index.js';
import {
  add, broadcastTo, constant, cumulativeSum, exp, input, linearAttention, matMul, multiply, reshape, slice, subtract, transpose, writeOnnx,
} from '../packages/graph/dist/index.js';
import { openSession } from '../packages/runtime/dist/index.js';
import { printHead, settings, spread } from './report.mjs';

const { rounds, length, heads, headSize, state, threads } = settings({ rounds: 15, length: 512, heads: 24, headSize: 64, state: 128, threads: 2 });
const inner = heads * headSize;
const operands = {
  query: input('query', [1, length, state]), key: input('key', [1, length, state]), value: input('value', [1, length, inner]), decay: input('decay', [1, length, heads]),
};

/** 1 where column <= row (or < row), else 0. */
const lower = (size, strictly) => constant([size, size], Float32Array.from({ length: size * size }, (_, i) => Number(strictly ? i % size < Math.floor(i / size) : i % size <= Math.floor(i / size))));
/** exp of it is 0. */
const forgotten = (mask) => multiply(subtract(mask, 1), 1e4);

/** Output [1, length, inner] from chunks of `size`: within a chunk as masked attention, between chunks through their states. */
function chunked({ query, key, value, decay }, size) {
  const chunks = length / size;
  const [c, b, x, a] = [[query, state], [key, state], [value, inner], [decay, heads]].map(([whole, width]) => reshape(whole, [chunks, size, width]));
  const faded = cumulativeSum(a, 1); // [chunks, size, heads]
  const total = slice(faded, 1, size - 1, size); // [chunks, 1, heads]
  const perHead = (gates) => reshape(broadcastTo(reshape(gates, [chunks, size, heads, 1]), [chunks, size, heads, headSize]), [chunks, size, inner]);
  // within: exp(faded[i] - faded[j]) (c[i] · b[j]) x[j], j <= i
  const byHead = transpose(faded, [0, 2, 1]);
  const between = subtract(reshape(byHead, [chunks, heads, size, 1]), reshape(byHead, [chunks, heads, 1, size]));
  const scores = multiply(exp(add(multiply(between, lower(size, false)), forgotten(lower(size, false)))), reshape(matMul(c, b, { transposeRight: true }), [chunks, 1, size, size]));
  const within = reshape(transpose(matMul(scores, transpose(reshape(x, [chunks, size, heads, headSize]), [0, 2, 1, 3])), [0, 2, 1, 3]), [chunks, size, inner]);
  // between: what each chunk adds to the state, summed over the chunks before with their decay, and read by c
  const added = matMul(transpose(b, [0, 2, 1]), multiply(x, perHead(exp(subtract(total, faded))))); // [chunks, state, inner]
  const ends = cumulativeSum(transpose(reshape(total, [chunks, heads]), [1, 0]), 1); // [heads, chunks]
  const starts = subtract(ends, transpose(reshape(total, [chunks, heads]), [1, 0]));
  const mask = lower(chunks, true);
  const kept = exp(add(multiply(subtract(reshape(starts, [heads, chunks, 1]), reshape(ends, [heads, 1, chunks])), mask), forgotten(mask))); // [heads, chunks, chunks]
  const stacked = reshape(transpose(reshape(added, [chunks, state, heads, headSize]), [2, 0, 1, 3]), [heads, chunks, state * headSize]);
  const before = reshape(transpose(reshape(matMul(kept, stacked), [heads, chunks, state, headSize]), [1, 2, 0, 3]), [chunks, state, inner]);
  return reshape(add(within, multiply(matMul(c, before), perHead(exp(faded)))), [1, length, inner]);
}

const noise = (seed, count, scale) => Float32Array.from({ length: count }, (_, i) => scale * Math.sin(12.9898 * (i + 1) * (seed + 1)));
const tensor = (data, width) => ({ type: 'float32', shape: [1, length, width], data });
const feeds = {
  query: tensor(noise(1, length * state, 0.3), state), key: tensor(noise(2, length * state, 0.3), state), value: tensor(noise(3, length * inner, 1), inner),
  decay: tensor(noise(4, length * heads, 1).map((value) => -Math.abs(value)), heads),
};
const sizes = [32, 64, 128].filter((size) => length % size === 0);
const forms = { LinearAttention: linearAttention({ ...operands, queryHeads: 1, heads }).output, ...Object.fromEntries(sizes.map((size) => [`chunks of ${size}`, chunked(operands, size)])) };
const sides = [];
let truth;
for (const [name, y] of Object.entries(forms)) {
  const session = await openSession(writeOnnx({ outputs: { y } }), { threads });
  const run = async () => (await session.run(feeds, ['y'])).y.data;
  const found = await run();
  truth ??= found;
  const distance = found.reduce((most, value, i) => Math.max(most, Math.abs(value - truth[i])), 0);
  if (!(distance < 1e-3)) throw new Error(`${name} differs by ${distance}`);
  sides.push({ name, run: async () => (await run()).length / inner, close: () => session[Symbol.asyncDispose]() });
}
for (const side of sides.slice(1)) {
  const { baseline, candidate, ratio } = await sideBySide({ baseline: sides[0], candidate: side, rounds, warmupRounds: 2, clock: () => performance.now() });
  printHead(`${sides[0].name} beside ${side.name}, ${length} tokens, ${heads} heads of ${headSize}, state of ${state}, ${threads} threads, ${rounds} rounds`, [`${spread(baseline.milliseconds)} ms beside ${spread(candidate.milliseconds)} ms: ${spread(ratio)}x`]);
}
for (const { close } of sides) await close();
