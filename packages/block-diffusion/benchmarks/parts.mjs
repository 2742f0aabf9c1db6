// What Fast-dLLM v2's cache inside a block could save here, at most: passes over a part of 8 cells, with the other 24 taken from a pass before, in place of passes over
// the block of 32. The first look at each part computes the whole block in either case, and so does the pass that commits it. Random weights; a pass over a part is timed as
// one of 8 rows behind 64 + 24 cached ones. Build first; then run:
// node packages/block-diffusion/benchmarks/parts.mjs [--rounds=7] [--threads=1] [--size=small|large]
import { cpus } from 'node:os';
import { blockCausal } from '@palimpsest/backbone';
import { median, openRandom, option, sizes, spread } from './random-backbone.mjs';

const [rounds, threads] = [Number(option('rounds', 7)), Number(option('threads', 1))];
const size = sizes[option('size', 'small')];
const [block, part, prefix] = [32, 8, 64];

// blocks of 8 can stand for both: a pass over 32 rows of them costs what one over a block of 32 does, but for what its mask hides
const backbone = await openRandom(size, blockCausal(part), threads);
const ids = (count) => Int32Array.from({ length: count }, (_, i) => (37 * i + 5) % (size.vocabularySize - 1));
const [whole, parts] = [await backbone.open(), await backbone.open()];
await whole.append(ids(prefix), { give: 'top', top: 1, rows: Int32Array.of(0) });
await parts.append(ids(prefix + block - part), { give: 'top', top: 1, rows: Int32Array.of(0) });

async function timed(context, rows) {
  const want = { give: 'top', top: 2, rows: Int32Array.from({ length: part }, (_, i) => i) }; // scores of the part alone, in either case
  const start = performance.now();
  await context.score(ids(rows), want);
  return performance.now() - start;
}
const [ofBlock, ofPart, ratios] = [[], [], []];
for (let round = -2; round < rounds; round++) {
  const [a, b] = [[], []];
  for (let pass = 0; pass < 10; pass++) {
    a.push(await timed(whole, block));
    b.push(await timed(parts, part));
  }
  if (round < 0) continue;
  ofBlock.push(median(a));
  ofPart.push(median(b));
  ratios.push(ofBlock.at(-1) / ofPart.at(-1));
}
console.log(`${cpus()[0].model}, ${threads} threads, ${JSON.stringify(size)}`);
console.log(`pass over the block of ${block}: ${spread(ofBlock)} ms; over a part of ${part}: ${spread(ofPart)} ms; ratio ${spread(ratios)}`);
console.log('tokens/look  positions of a block, whole and in parts  times fewer  times faster, at most');
const [c32, c8, count] = [median(ofBlock), median(ofPart), block / part];
for (const looks of [8, 4, 3, 2, 1]) {
  const positions = [(count * looks + 1) * block, (count + 1) * block + count * (looks - 1) * part];
  const times = [(count * looks + 1) * c32, (count + 1) * c32 + count * (looks - 1) * c8];
  console.log([(part / looks).toFixed(1), positions.join(' and '), (positions[0] / positions[1]).toFixed(2), (times[0] / times[1]).toFixed(2)].join('  '));
}
await backbone[Symbol.asyncDispose]();
