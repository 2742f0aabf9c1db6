// Four mixers of about the same size, trained alike on long storybook: loss against the position in the text, and of words that repeat a fact of an
// earlier chapter against the tokens since it was last told. Finished models are kept in --out, so that the command goes on where it was stopped.
// Build first; then: node benchmarks/loss-by-position.mjs [--out=runs/loss-by-position] [--steps=400] [--rows=4] [--length=1024] [--read=2048]
// [--texts=24] [--width=128] [--threads=1] [--seed=1] [--chart=docs/images/loss-by-position.svg]
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openCheckpoint, palimpsest, writeTensors } from '../packages/checkpoints/dist/index.js';
import { heldOutSeed, longStorybook, recalledTokens, trainingSeed } from '../packages/datasets/dist/index.js';
import { openBackbone } from '../packages/runtime/dist/index.js';
import { loadTokenizer } from '../packages/tokenizer/dist/index.js';
import { adamW, documentRows, muon, nextToken, train } from '../packages/training/dist/index.js';
import { writeChart } from './line-chart.mjs';
import { settings } from './report.mjs';

const { out, steps, rows, length, read, texts, width, threads, seed, chart } = settings({
  out: 'runs/loss-by-position', steps: 400, rows: 4, length: 1024, read: 2048, texts: 24, width: 128, threads: 1, seed: 1, chart: '',
});
const chapters = 24; // above 2,048 tokens
const tokenizer = await loadTokenizer('packages/models/storybook-ar');
const { begin, end } = tokenizer.special;

const shared = {
  vocab_size: tokenizer.vocabularySize, hidden_size: width, max_position_embeddings: read, rms_norm_eps: 1e-6, tie_word_embeddings: true, visibility_block_size: 1, prediction: 'next',
  bos_token_id: begin, eos_token_id: end,
};
const [heads, headSize, hidden] = [width / 32, 32, Math.round((8 * width) / 24) * 8];
const learning = { num_heads: heads, head_dim: headSize, mini_batch_size: 16, rope_theta: 10_000, gate: true, shared_projection_kernel: 4, pre_convolution_kernel: 4 };
const mixers = {
  'attention': { ...shared, model_type: 'palimpsest_transformer', num_hidden_layers: 4, intermediate_size: hidden, num_attention_heads: heads, num_key_value_heads: heads, head_dim: headSize, rope_theta: 10_000, query_key_norm: true },
  'Mamba-2': { ...shared, model_type: 'palimpsest_mamba2', num_hidden_layers: 7, mamba2: { num_heads: heads, head_dim: 2 * headSize, state_size: 64, n_groups: 1, norm_groups: 1, conv_kernel: 4 } },
  'TTT-Linear': { ...shared, model_type: 'palimpsest_ttt', num_hidden_layers: 4, intermediate_size: hidden, ttt: { ...learning, inner_model: 'linear', base_rate: 1 } },
  'TTT-MLP': { ...shared, model_type: 'palimpsest_ttt', num_hidden_layers: 4, intermediate_size: hidden, ttt: { ...learning, inner_model: 'mlp', base_rate: 0.1 } },
};
const numbersIn = ({ parameters }) => parameters.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);

/** The moving average of the weights, from the folder where they are there. */
async function learnOrOpen(name, config) {
  const folder = join(out, name);
  const { definition } = palimpsest.assemble(config, name);
  const fingerprint = JSON.stringify({ config, steps, rows, length, seed });
  if (existsSync(join(folder, 'run.json')) && (await readFile(join(folder, 'run.json'), 'utf8')) === fingerprint) return folder;
  await mkdir(folder, { recursive: true });
  const document = (index) => Int32Array.of(begin, ...tokenizer.encode(longStorybook(trainingSeed(index), { chapters: Math.ceil(length / 60) }).text)).subarray(0, length);
  const run = train({
    model: definition, objective: nextToken, data: documentRows({ document, firstIndex: 0, rows, length, padId: end }), rows, length, microbatches: 1, threads, seed,
    clipNorm: 1, averageDecay: 0.99, clock: () => performance.now(), identity: fingerprint, stateFolder: join(folder, 'state'), saveEvery: 50,
    optimiser: { matrix: muon({ learningRate: 0.02 }), embedding: adamW({ learningRate: 0.01, beta2: 0.95 }), vector: adamW({ learningRate: 0.003, beta2: 0.95 }) },
    schedule: { steps, warmupSteps: Math.ceil(steps / 20), decaySteps: Math.floor(steps / 2), final: 0 },
  });
  let next = await run.next();
  for (; !next.done; next = await run.next()) {
    const { type, step, loss, tokensPerSecond } = next.value;
    if (type === 'step' && step % 25 === 0) console.error(`${name}: step ${step} of ${steps}, loss ${loss.toFixed(3)}, ${tokensPerSecond.toFixed(0)} tokens/s`);
  }
  await writeTensors(join(folder, 'model.safetensors'), next.value.weights, { type: 'F32' });
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  await writeFile(join(folder, 'run.json'), fingerprint);
  return folder;
}

/** Upper ends of the stretches of positions, and of distances. */
const positions = [64, 128, 256, 512, 768, 1024, 1536, 2048].filter((most) => most <= read);
const distances = [64, 128, 256, 512, 1024, 2048].filter((most) => most <= read);
const stretch = (ends, value) => ends.findIndex((most) => value <= most);

async function measure(folder) {
  const backbone = await openBackbone({ ...(await openCheckpoint(folder)), threads, thread: 'own' });
  const sums = { positions: positions.map(() => [0, 0]), distances: distances.map(() => [0, 0]) };
  const add = (sum, nats) => { sum[0] += nats; sum[1]++; };
  for (let index = 0; index < texts; index++) {
    const story = longStorybook(heldOutSeed(index), { chapters });
    const tokens = Int32Array.of(begin, ...tokenizer.encode(story.text)).subarray(0, read);
    const targets = tokens.subarray(1);
    const context = await backbone.open();
    const { logProbabilities } = await context.score(tokens.subarray(0, -1), { rows: targets.map((_, row) => row), give: 'targets', targets });
    await context[Symbol.asyncDispose]();
    logProbabilities.forEach((value, row) => add(sums.positions[stretch(positions, row + 1)], -value));
    for (const { token, sinceTold } of recalledTokens(story, tokenizer)) {
      const place = stretch(distances, sinceTold);
      if (token < logProbabilities.length && place >= 0) add(sums.distances[place], -logProbabilities[token]);
    }
  }
  await backbone[Symbol.asyncDispose]();
  return Object.fromEntries(Object.entries(sums).map(([name, list]) => [name, list.map(([nats, count]) => (count === 0 ? NaN : nats / count))]));
}

const found = [];
for (const [name, config] of Object.entries(mixers)) {
  const folder = await learnOrOpen(name, config);
  found.push({ name, parameters: numbersIn(palimpsest.assemble(config, name).definition), ...(await measure(folder)) });
}
console.log(`width ${width}, ${steps} steps of ${rows} rows of ${length} tokens, seed ${seed}; nats per token over ${texts} held-out texts of ${read} tokens`);
for (const [kind, ends, title] of [['positions', positions, 'position up to'], ['distances', distances, 'tokens since the fact was told, up to']]) {
  console.log(`\n| ${title} | ${ends.join(' | ')} |\n|---|${ends.map(() => '---:|').join('')}`);
  for (const model of found) console.log(`| ${model.name}, ${(model.parameters / 1e6).toFixed(2)} M | ${model[kind].map((nats) => nats.toFixed(3)).join(' | ')} |`);
}
if (chart !== '') {
  const middle = (ends) => ends.map((most, index) => Math.sqrt(most * (ends[index - 1] ?? most / 2)));
  const panel = (title, kind, ends, xTitle) => ({
    title, x: { title: xTitle, type: 'log', logBase: 2, min: 32, max: read }, y: { title: 'nats per token', type: 'value', min: 0 },
    lines: found.map((model) => ({ name: model.name, points: middle(ends).map((x, index) => [Math.round(x), Number(model[kind][index].toFixed(4))]).filter(([, y]) => Number.isFinite(y)) })),
  });
  writeChart(chart, [
    panel('All tokens', 'positions', positions, 'position in the text'), panel('Words that repeat a fact', 'distances', distances, 'tokens since it was last told'),
  ], { description: 'Loss of four mixers against position, and on repeated facts against distance' });
}
