import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openCheckpoint, readHeader, readTensors, writeTensors } from '@palimpsest/checkpoints';
import type { TensorToWrite } from '@palimpsest/checkpoints';
import { evaluate } from '@palimpsest/graph';
import { buildPass } from '@palimpsest/layers';
import { describe, expect, test } from 'vitest';
import { changeJson, copyOf, fixture, temporaryFolder } from './model-folder.js';
import { expectedLogits, interpretedLogits, interpreterFeeds, largestDifference, open, readInputs, runningLogits } from './oracle.js';

const models = ['mamba-tiny', 'falcon-mamba-tiny', 'mamba2-tiny', 'mamba2-tiny-grouped'];
const outputsOf = (name: string): ReturnType<typeof readTensors> => readTensors(join(fixture(name), 'outputs.safetensors'));

/** The last two axes of [.., rows, columns] exchanged. */
function turned({ shape, data }: TensorToWrite): number[] {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return Array.from(data, (_, flat) => {
    const [matrix, inside] = [Math.floor(flat / (rows * columns)), flat % (rows * columns)];
    return data[matrix * rows * columns + (inside % rows) * columns + Math.floor(inside / rows)]!;
  });
}

/** [batch, channels, kernel] less the oldest column: what the next convolution still reads. */
const withoutOldest = ({ shape, data }: TensorToWrite): number[] => [...data].filter((_, flat) => flat % shape[2]! > 0);

describe.each(models)('%s', (name) => {
  test('every tensor of the file is one parameter, and every parameter one tensor', async () => {
    const { weights, definition } = await openCheckpoint(fixture(name));
    const { tensors } = await readHeader(join(fixture(name), 'model.safetensors'));
    expect([...weights.keys()]).toEqual(definition.parameters.map((parameter) => parameter.name));
    expect(new Set([...weights.values()].map(({ offset }) => offset))).toEqual(new Set([...tensors.values()].map(({ offset }) => offset)));
  });

  test("PyTorch's logits, by the interpreter and running", async () => {
    const checkpoint = await openCheckpoint(fixture(name));
    const [inputs, exact, outputs] = await Promise.all([readInputs(name), expectedLogits(name, 'logits'), outputsOf(name)]);
    expect(largestDifference(await interpretedLogits(checkpoint, inputs), exact)).toBeLessThan(1e-11);
    await using backbone = await open(checkpoint);
    const running = await runningLogits(backbone, inputs, (context, tokens) => context.score(tokens, { give: 'logits' }));
    expect(largestDifference(running, outputs.get('logits')!.data)).toBeLessThan(2e-5);
  });

  test('the state after a prefix is what transformers caches, its axes turned and its oldest input left out', async () => {
    const checkpoint = await openCheckpoint(fixture(name));
    const [inputs, outputs] = await Promise.all([readInputs(name), outputsOf(name)]);
    const cached = inputs.cached!;
    const prefix = { ids: inputs.ids.map((row) => row.slice(0, cached)), positions: inputs.positions.slice(0, cached) };
    const { kept } = buildPass(checkpoint.definition, { batch: 2, length: cached });
    const values = evaluate([...kept.values()], await interpreterFeeds(checkpoint, prefix));
    for (const [index, { name: state }] of [...kept.keys()].entries()) {
      const [, layer, which] = /layers\.(\d+)\.mixer\.(\w+)/.exec(state)!;
      const theirs = outputs.get(`${which === 'tail' ? 'convolution' : 'state'}.${layer}`)!;
      const expected = which === 'tail' ? withoutOldest(theirs) : theirs.shape.length === 4 ? turned(theirs) : [...theirs.data]; // Mamba-1 keeps vectors
      const scale = Math.max(...expected.map(Math.abs));
      expect(largestDifference(values[index]!.data, expected) / scale, state).toBeLessThan(1e-5);
    }
  });

  test('fifty tokens, the likeliest each time, are PyTorch\'s', async () => {
    const { greedy } = await readInputs(name);
    await using backbone = await open(await openCheckpoint(fixture(name)));
    await using context = await backbone.open();
    const written: number[] = [];
    for (let next = Int32Array.from(greedy!.prompt); written.length < greedy!.tokens.length; ) {
      const { ids } = await context.append!(next, { give: 'top', top: 1, rows: Int32Array.of(next.length - 1) });
      written.push(ids[0]!);
      next = ids.slice(0, 1);
    }
    expect(written).toEqual(greedy!.tokens);
  });
});

test.each(models.slice(0, 3))('%s: rows after a prefix, at once and one by one', async (name) => {
  const [inputs, outputs] = await Promise.all([readInputs(name), outputsOf(name)]);
  const cached = inputs.cached!;
  await using backbone = await open(await openCheckpoint(fixture(name)));
  const expected = outputs.get('logits_after_prefix')!.data;
  const atOnce = await runningLogits(backbone, inputs, async (context, tokens) => {
    await context.append!(tokens.subarray(0, cached), { give: 'logits', rows: Int32Array.of() });
    return context.score(tokens.subarray(cached), { give: 'logits' });
  });
  const oneByOne = await runningLogits(backbone, inputs, async (context, tokens) => {
    const rows: number[] = [];
    for (const token of tokens) rows.push(...(await context.append!(Int32Array.of(token), { give: 'logits' })).logits);
    return { logits: Float32Array.from(rows.slice(cached * backbone.vocabulary.size)) };
  });
  for (const came of [atOnce, oneByOne]) expect(largestDifference(came, expected)).toBeLessThan(2e-5);
});

type Tensors = ReadonlyMap<string, TensorToWrite>;
const renamed = (tensors: Tensors, rename: (name: string) => string): Tensors => new Map([...tensors].map(([name, tensor]) => [rename(name), tensor]));

/** Logits of a folder for the tokens of a fixture. */
async function logitsOf(folder: string, name: string): Promise<Float32Array> {
  await using backbone = await open(await openCheckpoint(folder));
  return await runningLogits(backbone, await readInputs(name), (context, tokens) => context.score(tokens, { give: 'logits' }));
}

describe('the same numbers in other layouts', () => {
  test("Mamba's authors' own: another name, padded rows, which are never scored", async () => {
    const folder = await temporaryFolder();
    const tensors = await readTensors(join(fixture('mamba-tiny'), 'model.safetensors'));
    const { data } = tensors.get('backbone.embeddings.weight')!;
    const padded = { shape: [56, 18], data: Float32Array.from([...data, ...Array<number>(3 * 18).fill(1e3)]) }; // rows that would win
    await writeTensors(join(folder, 'model.safetensors'), renamed(new Map([...tensors, ['backbone.embeddings.weight', padded]]), (name) => name.replace('embeddings', 'embedding')));
    await writeFile(join(folder, 'config.json'), JSON.stringify({
      d_model: 18, n_layer: 2, vocab_size: 53, ssm_cfg: { d_state: 5, dt_rank: 3 }, rms_norm: true, residual_in_fp32: true, fused_add_norm: true, pad_vocab_size_multiple: 8,
    }));
    const { vocabulary, definition, family } = await openCheckpoint(folder);
    expect([family, vocabulary.size, definition.vocabularySize, definition.parameters[0]!.shape]).toEqual(['mamba', 53, 53, [56, 18]]);
    expect(await logitsOf(folder, 'mamba-tiny')).toEqual(await logitsOf(fixture('mamba-tiny'), 'mamba-tiny'));
  });

  test('rows that the tokenizer of the folder does not have are padding', async () => {
    const folder = await copyOf('falcon-mamba-tiny');
    await writeFile(join(folder, 'tokenizer.json'), JSON.stringify({ model: { vocab: { a: 0, b: 41 } }, added_tokens: [{ id: 51, content: '<s>' }] }));
    expect((await openCheckpoint(folder)).vocabulary.size).toBe(52);
    expect((await openCheckpoint(fixture('falcon-mamba-tiny'))).vocabulary.size).toBe(59);
  });

  test("Mistral's second one, and Mamba-2's authors' own, agree with Hugging Face's", async () => {
    const shapes: readonly (readonly [string, readonly number[]])[] = [
      ['backbone.layers.0.norm.weight', [64]], ['backbone.layers.0.mixer.in_proj.weight', [128 + 640 + 2, 64]], ['backbone.layers.0.mixer.conv1d.weight', [640, 1, 4]],
      ['backbone.layers.0.mixer.conv1d.bias', [640]], ['backbone.layers.0.mixer.dt_bias', [2]], ['backbone.layers.0.mixer.A_log', [2]], ['backbone.layers.0.mixer.D', [2]],
      ['backbone.layers.0.mixer.norm.weight', [128]], ['backbone.layers.0.mixer.out_proj.weight', [64, 128]], ['backbone.norm_f.weight', [64]],
      ['backbone.embeddings.weight', [53, 64]], ['lm_head.weight', [53, 64]],
    ];
    let seed = 1;
    const random = (): number => ((seed = (seed * 48271) % 2147483647) / 2147483647 - 0.5) / 2;
    const tensors: Tensors = new Map(shapes.map(([name, shape]) => [name, { shape, data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, random) }]));
    const write = async (file: string, config: string, text: string, rename: (name: string) => string): Promise<string> => {
      const folder = await temporaryFolder();
      await writeTensors(join(folder, file), renamed(tensors, rename));
      await writeFile(join(folder, config), text);
      return folder;
    };
    const folders = [
      await write('model.safetensors', 'config.json', '{"model_type": "mamba2", "hidden_size": 64, "num_hidden_layers": 1, "num_heads": 2, "head_dim": 64, "state_size": 128, "n_groups": 2, "conv_kernel": 4, "layer_norm_epsilon": 1e-05, "vocab_size": 53, "time_step_limit": [0.0, Infinity]}', (name) => name),
      await write('consolidated.safetensors', 'params.json', JSON.stringify({
        dim: 64, n_layers: 1, vocab_size: 53, n_groups: 2, rms_norm: true, residual_in_fp32: true, fused_add_norm: true, pad_vocab_size_multiple: 1, tie_embeddings: false, model_type: 'mamba',
      }), (name) => `model.${name.replace('embeddings', 'embedding')}`),
      await write('model.safetensors', 'config.json', JSON.stringify({
        d_model: 64, d_intermediate: 0, n_layer: 1, vocab_size: 53, ssm_cfg: { layer: 'Mamba2', ngroups: 2 }, attn_layer_idx: [], attn_cfg: {}, rms_norm: true, residual_in_fp32: true,
        fused_add_norm: true, pad_vocab_size_multiple: 1, tie_embeddings: false,
      }), (name) => name.replace('embeddings', 'embedding')),
    ];
    const [first, ...others] = await Promise.all(folders.map((folder) => logitsOf(folder, 'mamba-tiny')));
    for (const other of others) expect(other).toEqual(first);
    expect((await openCheckpoint(folders[1]!)).family).toBe('mamba2');
  });
});

describe('a norm whose groups the config does not tell', () => {
  test('is said', async () => {
    expect((await openCheckpoint(fixture('mamba2-tiny-grouped'))).assumptions).toEqual([expect.stringMatching(/^The gated norm is taken over each of the 2 groups.*A key norm_groups/)]);
    expect((await openCheckpoint(fixture('mamba2-tiny'))).assumptions).toEqual([]);
  });

  test('can be told, and then is another model', async () => {
    const folder = await copyOf('mamba2-tiny-grouped');
    await changeJson(join(folder, 'config.json'), (config) => ({ ...config, norm_groups: 1 }));
    expect((await openCheckpoint(folder)).assumptions).toEqual([]);
    const logits = await logitsOf(folder, 'mamba2-tiny-grouped');
    expect(largestDifference(logits, (await outputsOf('mamba2-tiny-grouped')).get('logits')!.data)).toBeGreaterThan(0.1);
  });
});

test('a config with a bare Infinity is read as Python meant it; quotes and escapes stay', async () => {
  expect(await readFile(join(fixture('mamba2-tiny'), 'config.json'), 'utf8')).toContain('[0.0, Infinity]');
  const folder = await copyOf('mamba2-tiny');
  const path = join(folder, 'config.json');
  await writeFile(path, (await readFile(path, 'utf8')).replace('[0.0, Infinity]', '[0.0, {"__float__": "Infinity"}]').replace('"mamba2"', '"mamba2", "_name_or_path": "an \\"Infinity\\" Infinity"'));
  expect(await logitsOf(folder, 'mamba2-tiny')).toEqual(await logitsOf(fixture('mamba2-tiny'), 'mamba2-tiny'));
});
