// What a text in blocks costs beside an autoregressive one, with random weights: at each number of tokens to a look, tokens per second of both in turn, and
// the bound (tokens per pass) x (cost of a one-row pass / cost of a 16-row pass). Build first; then run:
// node packages/block-diffusion/benchmarks/cost.mjs [--rounds=5] [--threads=1] [--size=small|large] [--looks=16,8,4,2,1]
import { cpus } from 'node:os';
import { blockCausal, causal } from '@palimpsest/backbone';
import { sequential } from '@palimpsest/diffusion';
import { generateAutoregressive } from '@palimpsest/autoregressive';
import { generateBlockDiffusion } from '../dist/index.js';
import { median, openRandom, option, sizes, spread } from './random-backbone.mjs';

const [rounds, threads] = [Number(option('rounds', 5)), Number(option('threads', 1))];
const size = sizes[option('size', 'small')];
const [blockSize, written] = [16, 112];
const mask = size.vocabularySize - 1;

async function timed(action) {
  const start = performance.now();
  await action();
  return performance.now() - start;
}
async function usageOf(generation) {
  for (;;) {
    const { done, value } = await generation.next();
    if (done) return value.usage;
  }
}

const [one, many] = [await openRandom(size, causal, threads), await openRandom(size, blockCausal(blockSize), threads)];
const top = { give: 'top', top: 1 };
const prefix = Int32Array.from({ length: 64 }, (_, i) => (37 * i + 5) % mask);
const [single, block] = [await one.open(), await many.open()];
await single.append(prefix, { ...top, rows: Int32Array.of(63) });
await block.append(prefix, { ...top, rows: Int32Array.of(63) });
const sixteen = Int32Array.from({ length: blockSize }, (_, i) => (i % 3 === 0 ? mask : i));
const all = { ...top, top: 2 };
const passes = { 'one row': [], 'sixteen rows': [] };
for (let round = -2; round < rounds; round++) {
  const [a, b] = [[], []];
  for (let pass = 0; pass < 10; pass++) {
    a.push(await timed(() => single.score(Int32Array.of(7), all)));
    b.push(await timed(() => block.score(sixteen, all)));
  }
  if (round >= 0) {
    passes['one row'].push(median(a));
    passes['sixteen rows'].push(median(b));
  }
}
console.log(`${cpus()[0].model}, ${threads} threads, ${JSON.stringify(size)}`);
for (const [name, times] of Object.entries(passes)) console.log(`pass of ${name} over 64 cached: ${spread(times)} ms`);
const perRow = median(passes['one row']) / median(passes['sixteen rows']);

const common = { prompt: prefix.subarray(0, 16), maximumTokens: written, seed: 1, clock: () => performance.now() };
console.log('tokens/look  passes  tokens/pass  blocks tokens/s  one by one tokens/s  ratio  bound  share of it');
for (const looks of option('looks', '16,8,4,2,1').split(',').map(Number)) {
  const [ratios, inBlocks, byOne] = [[], [], []];
  let usage;
  for (let round = -1; round < rounds; round++) {
    usage = await usageOf(generateBlockDiffusion({ ...common, backbone: many, stepsPerBlock: looks, policy: sequential }));
    const other = await usageOf(generateAutoregressive({ ...common, backbone: one, temperature: 0, banned: [mask] }));
    if (round < 0) continue;
    inBlocks.push((1000 * usage.generatedTokens) / usage.milliseconds);
    byOne.push((1000 * other.generatedTokens) / other.milliseconds);
    ratios.push(inBlocks.at(-1) / byOne.at(-1));
  }
  const perPass = usage.generatedTokens / usage.forwardPasses;
  const bound = perPass * perRow;
  console.log([(blockSize / looks).toFixed(0), usage.forwardPasses, perPass.toFixed(2), median(inBlocks).toFixed(0), median(byOne).toFixed(0), spread(ratios), bound.toFixed(2), `${((100 * median(ratios)) / bound).toFixed(0)} %`].join('  '));
}
await Promise.all([one, many].map((backbone) => backbone[Symbol.asyncDispose]()));
