// What a block of 16 costs behind a prefix, at about 3 M parameters and with random weights: attention, whose prefix grows, beside scans and inner models, whose
// prefix does not. A look scores a block and keeps nothing, a commit appends it. Where states do not grow there is a context for each length, all of them in
// turn; else one that grows, since contexts of one pool read as many rows as the longest has room for. Build first; then:
// node benchmarks/block-prefix.mjs [--models=attention,mamba2,ttt,hybrid] [--rounds=15] [--threads=2] [--shortest=256] [--longest=16384] [--looks=16] [--save=FILE] [--chart=docs/images/block-prefix.svg]
// With --draw=FILE,FILE the chart is drawn of what was saved, and nothing is measured.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { palimpsest } from '../packages/checkpoints/dist/index.js';
import { spreadOf } from '../packages/evaluation/dist/index.js';
import { openBackbone } from '../packages/runtime/dist/index.js';
import { randomStream } from '../packages/sampling/dist/index.js';
import { settings, spread } from './report.mjs';

const { models, rounds, threads, shortest, longest, looks, save, chart, draw } = settings({
  models: 'attention,mamba2,ttt,hybrid', rounds: 15, threads: 2, shortest: 256, longest: 16_384, looks: 16, save: '', chart: '', draw: '',
});
const [width, vocabulary, blockSize] = [192, 2048, 16];
const shared = (visibility) => ({
  vocab_size: vocabulary, hidden_size: width, max_position_embeddings: longest + 1024, rms_norm_eps: 1e-6, tie_word_embeddings: true, visibility_block_size: visibility, prediction: 'next', mask_token_id: vocabulary - 1,
});
const attention = { num_hidden_layers: 6, intermediate_size: 512, num_attention_heads: 6, num_key_value_heads: 6, head_dim: 32, rope_theta: 10_000, query_key_norm: true };
const configs = {
  attention: { name: 'attention, 6 layers', config: { model_type: 'palimpsest_transformer', ...shared(blockSize), ...attention } },
  mamba2: { name: 'Mamba-2 both ways, 10 layers', config: { model_type: 'palimpsest_mamba2', ...shared(blockSize), num_hidden_layers: 10, mamba2: { num_heads: 6, head_dim: 64, state_size: 64, n_groups: 1, norm_groups: 1, conv_kernel: 4, backward: 'shared' } } },
  ttt: { name: 'TTT-Linear both ways, 6 layers', config: { model_type: 'palimpsest_ttt', ...shared(blockSize), num_hidden_layers: 6, intermediate_size: 512, ttt: { inner_model: 'linear', num_heads: 6, head_dim: 32, mini_batch_size: 16, base_rate: 1, rope_theta: 10_000, gate: true, shared_projection_kernel: 4, backward: 'shared' } } },
  hybrid: {
    name: 'hybrid, 6 scans, 2 TTT, 1 attention',
    config: {
      model_type: 'palimpsest_layers', ...shared(blockSize), num_hidden_layers: 12,
      layer_types: ['mamba2', 'mamba2', 'ttt', 'mlp', 'mamba2', 'mamba2', 'attention', 'mlp', 'mamba2', 'mamba2', 'ttt', 'mlp'],
      layer_settings: {
        mamba2: { heads: 6, headSize: 64, stateSize: 64, groups: 1, normGroups: 1, kernel: 4, backward: 'shared' }, mlp: { hidden: 512 },
        ttt: { inner: 'linear', heads: 6, headSize: 32, miniBatch: 16, baseRate: 1, rotaryTheta: 10_000, gate: true, sharedProjection: 4, backward: 'shared' },
        attention: { heads: 6, keyHeads: 6, headSize: 32, rotaryTheta: 10_000, queryKeyNorm: true },
      },
    },
  },
};
const text = Int32Array.from({ length: longest + 1024 }, (_, i) => (7919 * i + 5) % (vocabulary - 1));
const block = Int32Array.from({ length: blockSize }, (_, i) => (i % 3 === 0 ? vocabulary - 1 : 11 * i));
const nothing = { give: 'top', top: 1, rows: new Int32Array() };

async function timed(action) {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

async function measure({ name, config }) {
  const { definition } = palimpsest.assemble(config, name);
  const { normal } = randomStream(1);
  const weights = new Map(definition.parameters.map(({ name: parameter, shape, initialise }) => [parameter, { shape, data: initialise(shape, normal) }]));
  const backbone = await openBackbone({ definition, weights, vocabulary: { size: vocabulary, mask: vocabulary - 1 }, threads, thread: 'own' });
  const grows = definition.states.some(({ growth }) => growth === 'per-token');
  const rows = [];
  const once = async ({ context, look, commit }, round) => {
    const { length } = context;
    const looked = await timed(() => context.score(block, { give: 'top', top: 2 }));
    const committed = await timed(() => context.append(block, nothing));
    await context.rewind?.(length);
    if (round < 0) return;
    look.push(looked);
    commit.push(committed);
  };
  const grown = await backbone.open();
  for (let length = shortest; length <= longest; length *= 2) {
    while (grown.length < length) await grown.append(text.subarray(grown.length, Math.min(length, grown.length + 512)), nothing);
    const row = { length, context: grows ? grown : await grown.fork(), stateBytes: grown.stateBytes, look: [], commit: [] };
    rows.push(row);
    if (grows) for (let round = -2; round < rounds; round++) await once(row, round);
  }
  if (!grows) for (let round = -2; round < rounds; round++) for (const row of rows) await once(row, round);
  for (const context of new Set([grown, ...rows.map((row) => row.context)])) await context[Symbol.asyncDispose]();
  await backbone[Symbol.asyncDispose]();
  const parameters = definition.parameters.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
  return { name, parameters, points: rows.map(({ length, stateBytes, look, commit }) => ({ length, stateBytes, look: spreadOf(look), commit: spreadOf(commit), block: looks * spreadOf(look).median + spreadOf(commit).median })) };
}

const measured = draw === '' ? [] : draw.split(',').flatMap((file) => JSON.parse(readFileSync(file, 'utf8')));
if (draw === '') {
  console.log(`${cpus().length} x ${cpus()[0].model}, Node ${process.version}, ${threads} threads, ${rounds} rounds; medians and 95 % intervals`);
  for (const model of models.split(',')) measured.push(await measure(configs[model]));
}
for (const { name, parameters, points } of measured) {
  console.log(`${name}, ${parameters} parameters`);
  for (const { length, stateBytes, look, commit, block: whole } of points) console.log(`  after ${length}: look ${spread(look)} ms, commit ${spread(commit)} ms, a block of ${looks} looks ${whole.toFixed(1)} ms, state ${stateBytes} bytes`);
  console.log(`  last / first: look ${(points.at(-1).look.median / points[0].look.median).toFixed(3)}, block ${(points.at(-1).block / points[0].block).toFixed(3)}`);
}
if (save !== '') writeFileSync(save, JSON.stringify(measured));
if (chart !== '') {
  const { writeChart } = await import('./line-chart.mjs');
  const x = { type: 'log', logBase: 2, title: 'committed tokens' };
  const lines = (of) => measured.map(({ name, points }) => ({ name, points: points.map((point) => [point.length, of(point)]) }));
  writeChart(chart, [
    { title: `a block of ${looks} looks and a commit, ms`, x, y: { type: 'value', title: 'ms', min: 0 }, lines: lines((point) => Number(point.block.toFixed(2))) },
    { title: 'what is kept, MB', x, y: { type: 'log', title: 'MB' }, lines: lines(({ stateBytes }) => Number((stateBytes / 2 ** 20).toFixed(3))) },
  ], { description: `Time and memory of a block of ${blockSize} tokens behind a prefix of ${shortest} to ${longest}` });
}
