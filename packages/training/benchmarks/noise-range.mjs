// How much the gradient of block diffusion varies with the range that shares of masked tokens are drawn from (BD3-LM, arXiv:2503.09573, section 5: clipped
// schedules, chosen there by the variance of the bound; here by that of the gradient itself).
// Build first; then: node packages/training/benchmarks/noise-range.mjs [--model=storybook-bd-16] [--draws=24] [--rows=8] [--threads=1] [--seed=1]
// For each range, as many batches as --draws of the same texts under other masks: the summed variance of all gradient entries over the squared length of
// their mean, which is what one batch's gradient is off by; of the loss, its deviation over its mean. The gradient's expectation differs from range to
// range: a narrow one asks other questions, so that the least variance is not by itself the best training.
import { parseArgs } from 'node:util';
import { writeOnnx } from '../../graph/dist/index.js';
import { findModel } from '../../models/dist/index.js';
import { openCheckpoint, readTensor } from '../../checkpoints/dist/index.js';
import { heldOutSeed, storybook } from '../../datasets/dist/index.js';
import { openSession } from '../../runtime/dist/index.js';
import { loadTokenizer } from '../../tokenizer/dist/index.js';
import { besideClean, blockDiffusion, buildGradients, documentRows } from '../dist/index.js';

const defaults = { model: 'storybook-bd-16', draws: '24', rows: '8', threads: '1', seed: '1' };
const { values } = parseArgs({ options: Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, { type: 'string', default: value }])) });
const [draws, rows, threads, seed] = [values.draws, values.rows, values.threads, values.seed].map(Number);
const length = 128;
const ranges = [[0.001, 1], [0.1, 0.9], [0.2, 0.8], [0.3, 0.8], [0.3, 1], [0.45, 0.95], [0.5, 1], [0.7, 1]];

const directory = await findModel(values.model);
const { definition, weights, vocabulary } = await openCheckpoint(directory);
const { blockSize } = definition.visibility;
const tokenizer = await loadTokenizer(directory);
const { begin, end } = tokenizer.special;
const document = (index) => Int32Array.of(begin, ...tokenizer.encode(storybook(heldOutSeed(index)).text), end).subarray(0, length);
const given = documentRows({ document, firstIndex: 0, rows, length, padId: end })(1);

const { loss, gradients } = buildGradients({ model: definition, rows, length, microbatches: 1, reading: besideClean });
const outputs = { loss, ...Object.fromEntries(definition.parameters.map(({ name }, i) => [`gradient ${name}`, gradients[i]])) };
const session = await openSession(writeOnnx({ outputs, storage: () => 'input' }), { threads });
const parameters = Object.fromEntries(await Promise.all(definition.parameters.map(async ({ name, shape }) => {
  const { path, ...entry } = weights.get(name);
  return [name, { type: 'float32', shape, data: await readTensor(path, entry) }];
})));
const feedsOf = ({ tokens, targets, weights: counts }) => ({
  ...parameters,
  tokens: { type: 'int64', shape: [rows, 2 * length], data: BigInt64Array.from(tokens, BigInt) },
  targets: { type: 'int64', shape: [rows, length], data: BigInt64Array.from(targets, BigInt) },
  weights: { type: 'float32', shape: [rows, length], data: counts },
});

/** Of the same texts under the masks of so many steps. */
async function spreadOf(objective) {
  const losses = [];
  const [sum, squares] = [new Map(), new Map()];
  for (let step = 1; step <= draws; step++) {
    const results = await session.run(feedsOf(objective.batch(given, step)));
    losses.push(Number(results.loss.data[0]));
    for (const [name, { data }] of Object.entries(results)) {
      if (name === 'loss') continue;
      if (!sum.has(name)) [sum, squares].forEach((of) => of.set(name, new Float64Array(data.length)));
      const [total, square] = [sum.get(name), squares.get(name)];
      for (let i = 0; i < data.length; i++) {
        total[i] += data[i];
        square[i] += data[i] * data[i];
      }
    }
  }
  let [variance, length2] = [0, 0];
  for (const [name, total] of sum) {
    const square = squares.get(name);
    for (let i = 0; i < total.length; i++) {
      const mean = total[i] / draws;
      const own = Math.max(0, square[i] / draws - mean * mean) * (draws / (draws - 1));
      variance += own;
      length2 += mean * mean - own / draws; // the mean of few draws is longer than the gradient by what they vary
    }
  }
  const mean = losses.reduce((total, value) => total + value, 0) / draws;
  const deviation = Math.sqrt(losses.reduce((total, value) => total + (value - mean) ** 2, 0) / (draws - 1));
  return { variance: variance / length2, mean, deviation: deviation / mean };
}

console.log(`${values.model}, blocks of ${blockSize}, ${rows} held-out texts of ${length} tokens, ${draws} masks of each, seed ${seed}`);
console.log('| shares masked | gradient: variance over squared length | loss | deviation of the loss |\n|---|---:|---:|---:|');
const common = { maskId: vocabulary.mask, seed, prediction: definition.prediction, blockSize, keep: 1 };
const measured = [
  ...ranges.map(([least, most]) => [`${least} to ${most}`, blockDiffusion({ ...common, noise: { least, most } })]),
  ['ends', blockDiffusion({ ...common, endsMasked: 1 })], ['half of them ends', blockDiffusion({ ...common, endsMasked: 0.5 })],
];
for (const [name, objective] of measured) {
  const { variance, mean, deviation } = await spreadOf(objective);
  console.log(`| ${name} | ${variance.toFixed(2)} | ${mean.toFixed(3)} | ${(100 * deviation).toFixed(1)} % |`);
}
await session[Symbol.asyncDispose]();
