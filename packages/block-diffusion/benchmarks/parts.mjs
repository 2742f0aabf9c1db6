// What the dual cache saves: texts in blocks of 32 written in parts of 8, by exact looks at the whole block and with a part's later looks at the part alone, in turn, at each
// number of tokens to a look. Random weights. Build first; then run:
// node packages/block-diffusion/benchmarks/parts.mjs [--rounds=7] [--threads=1] [--size=small|large]
import { cpus } from 'node:os';
import { blockCausal } from '@palimpsest/backbone';
import { sequential, subBlocks } from '@palimpsest/diffusion';
import { generateBlockDiffusion } from '../dist/index.js';
import { openRandom, option, sizes, spread } from './random-backbone.mjs';

const [rounds, threads] = [Number(option('rounds', 7)), Number(option('threads', 1))];
const size = sizes[option('size', 'small')];
const [blockSize, partSize, written] = [32, 8, 128];

async function usageOf(generation) {
  for (;;) {
    const { done, value } = await generation.next();
    if (done) return value.usage;
  }
}

const backbone = await openRandom(size, blockCausal(blockSize), threads);
const prompt = Int32Array.from({ length: 64 }, (_, i) => (37 * i + 5) % (size.vocabularySize - 1));
const common = { backbone, prompt, maximumTokens: written, seed: 1, clock: () => performance.now() };
console.log(`${cpus()[0].model}, ${threads} threads, ${JSON.stringify(size)}`);
console.log('tokens/look  positions, exact and cached  fewer  tokens/s, exact  tokens/s, cached  faster');
for (const looks of [8, 4, 2, 1]) {
  const settings = { ...common, stepsPerBlock: (looks * blockSize) / partSize };
  const [byWhole, byPart, ratios] = [[], [], []];
  let [exact, cached] = [];
  for (let round = -1; round < rounds; round++) {
    exact = await usageOf(generateBlockDiffusion({ ...settings, policy: subBlocks(sequential, partSize) }));
    cached = await usageOf(generateBlockDiffusion({ ...settings, policy: sequential, dualCache: { partSize } }));
    if (round < 0) continue;
    byWhole.push((1000 * exact.generatedTokens) / exact.milliseconds);
    byPart.push((1000 * cached.generatedTokens) / cached.milliseconds);
    ratios.push(exact.milliseconds / cached.milliseconds);
  }
  const [whole, parts] = [exact.positionsComputed, cached.positionsComputed];
  console.log([(partSize / looks).toFixed(0), `${whole} and ${parts}`, (whole / parts).toFixed(2), spread(byWhole), spread(byPart), spread(ratios)].join('  '));
}
await backbone[Symbol.asyncDispose]();
