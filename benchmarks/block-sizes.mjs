// The likelihood of held-out storybook under the same transformer, trained by block diffusion in blocks of several sizes and in the two ways that are its
// ends: autoregressive, blocks of one, and masked diffusion, one block for all. All of a seed begin with the same weights, see the same tokens in the same
// order and use the same settings. Finished runs are kept in --out, so that the command goes on where it was stopped.
// Build first; then: node benchmarks/block-sizes.mjs [--out=runs/block-sizes] [--sizes=4,8,16] [--seeds=1,2,3] [--steps=500] [--rows=16] [--width=96]
// [--layers=3] [--texts=100] [--threads=1] [--start=MODEL] [--noise=0.3,0.8], the shares of a block that are masked [--only=blocks], without the two ends
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { settings } from './report.mjs';

const { out, sizes, seeds, steps, rows, width, layers, texts, threads, start, noise, only } = settings({
  out: 'runs/block-sizes', sizes: '4,8,16', seeds: '1,2,3', steps: 500, rows: 16, width: 96, layers: 3, texts: 100, threads: 1, start: '', noise: '', only: '',
});
const [least, most] = noise.split(',').map(Number);
const ways = [
  { name: 'autoregressive', objective: 'next-token', visibility: 'causal' },
  ...sizes.split(',').map(Number).map((size) => ({ name: `blocks of ${size}`, objective: 'block-diffusion', visibility: { blockCausal: size } })),
  { name: 'masked diffusion', objective: 'masked-diffusion', visibility: 'bidirectional' },
].filter(({ name }) => only === '' || name.startsWith(only));
const length = 128;
const recipeOf = ({ name, objective, visibility }, seed) => ({
  title: name, description: 'One of a row of block sizes.', data: 'storybook', tokenizer: 'storybook-ar', objective,
  model: {
    width, layers, heads: width / 32, keyHeads: width / 32, headSize: 32, hidden: Math.round(width / 3) * 8, maximumLength: 256, rotaryTheta: 10_000, normEpsilon: 1e-6,
    tiedHead: true, queryKeyNorm: true, visibility, prediction: 'next',
  },
  rows, length, microbatches: Math.max(1, rows / 8), steps, warmupSteps: Math.ceil(steps / 25), decaySteps: Math.floor(steps / 2),
  optimiser: { matrix: { muon: { learningRate: 0.02 } }, embedding: { adamW: { learningRate: 0.005, beta2: 0.95 } }, vector: { adamW: { learningRate: 0.003, beta2: 0.95 } } },
  clipNorm: 1, averageDecay: 0.99, seed, saveEvery: 100, ...(start !== '' && { start }), ...(noise !== '' && objective === 'block-diffusion' && { noise: { least, most } }),
});

const palimpsest = (...given) => execFileSync(process.execPath, ['packages/cli/bin/palimpsest.js', ...given], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 2 ** 28 });

async function natsOf(way, seed) {
  const folder = join(out, `${way.name.replaceAll(' ', '-')}-${noise}${noise === '' ? '' : '-'}${seed}`);
  const [recipe, result] = [`${folder}.json`, join(folder, 'held-out.json')];
  const made = JSON.stringify({ recipe: recipeOf(way, seed), texts });
  if (existsSync(result)) {
    const kept = JSON.parse(await readFile(result, 'utf8'));
    if (kept.made === made) return kept.heldOut;
  }
  await mkdir(out, { recursive: true });
  await writeFile(recipe, JSON.stringify(recipeOf(way, seed), null, 2));
  palimpsest('train', recipe, '--out', folder, '--threads', `${threads}`, '--json');
  const report = palimpsest('evaluate', join(folder, 'model'), '--samples', '1', '--texts', `${texts}`, '--length', `${length - 1}`, '--threads', `${threads}`, '--json', ...(way.objective === 'next-token' ? [] : ['--steps', '8']));
  const heldOut = report.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line)).find(({ type }) => type === 'held-out');
  await writeFile(result, JSON.stringify({ made, heldOut }));
  return heldOut;
}

const every = seeds.split(',').map(Number);
const found = new Map(ways.map(({ name }) => [name, []]));
for (const seed of every) {
  for (const way of ways) {
    const heldOut = await natsOf(way, seed);
    found.get(way.name).push(heldOut.natsPerToken);
    console.error(`seed ${seed}, ${way.name}: ${heldOut.natsPerToken.toFixed(4)} nats per token, perplexity ${heldOut.perplexity.toFixed(3)}`);
  }
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values) => Math.sqrt(values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / Math.max(1, values.length - 1));
const difference = (values, before) => values.map((value, i) => value - before[i]);
console.log(`width ${width}, ${layers} layers, ${steps} steps of ${rows} x ${length} positions (${((steps * rows * length) / 1e6).toFixed(2)} M), seeds ${every.join(', ')}, ${texts} held-out texts${start === '' ? '' : `, starting from ${start}`}${noise === '' ? '' : `, shares masked from ${least} to ${most}`}`);
console.log(`| way | nats per token, mean of seeds | their deviation | perplexity | more than the row above, each seed |\n|---|---:|---:|---:|---:|`);
ways.forEach(({ name }, i) => {
  const own = found.get(name);
  const above = i === 0 ? '' : difference(own, found.get(ways[i - 1].name)).map((value) => value.toFixed(3)).join(', ');
  console.log(`| ${name} | ${name === 'autoregressive' ? '' : 'at most '}${mean(own).toFixed(3)} | ${deviation(own).toFixed(3)} | ${Math.exp(mean(own)).toFixed(2)} | ${above} |`);
});
