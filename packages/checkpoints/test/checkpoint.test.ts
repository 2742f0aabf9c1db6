import { cp, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PalimpsestError } from '@palimpsest/backbone';
import { openCheckpoint, readTensor, readTensors, writeTensors } from '@palimpsest/checkpoints';
import type { Checkpoint, TensorToWrite } from '@palimpsest/checkpoints';
import { openBackbone } from '@palimpsest/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { changeJson, copyOf, fixture, temporaryFolder } from './model-folder.js';

type Tensors = Map<string, TensorToWrite>;

const known = 'llama, qwen2, qwen3, llada, mamba, mamba2, falcon_mamba, ttt, palimpsest_transformer, palimpsest_mamba2, palimpsest_ttt, palimpsest_layers';

/** A copy of a fixture whose tensors were changed. */
async function changed(name: string, change: (tensors: Tensors) => void): Promise<string> {
  const folder = await copyOf(name);
  const path = join(folder, 'model.safetensors');
  const tensors = await readTensors(path);
  change(tensors);
  await writeTensors(path, tensors);
  return folder;
}

const shards = ['model-00001-of-00003.safetensors', 'model-00002-of-00003.safetensors', 'model-00003-of-00003.safetensors'] as const;

/** The tensors of llama-tiny dealt out to three files in turn, with the index that says where each is. */
async function writeShards(folder: string): Promise<void> {
  const tensors = [...(await readTensors(join(fixture('llama-tiny'), 'model.safetensors')))];
  const fileOf = (index: number): string => shards[index % 3]!;
  for (const file of shards) await writeTensors(join(folder, file), new Map(tensors.filter((_, index) => fileOf(index) === file)));
  const weight_map = Object.fromEntries(tensors.map(([tensor], index) => [tensor, fileOf(index)]));
  await writeFile(join(folder, 'model.safetensors.index.json'), JSON.stringify({ metadata: { total_size: 1 }, weight_map }));
  await cp(join(fixture('llama-tiny'), 'config.json'), join(folder, 'config.json'));
}

async function logits(checkpoint: Checkpoint): Promise<Float32Array> {
  await using backbone = await openBackbone({ ...checkpoint, threads: 1, thread: 'own' });
  await using context = await backbone.open();
  return (await context.score(Int32Array.of(8, 26, 19, 3, 52), { give: 'logits' })).logits;
}

describe('several files', () => {
  let whole = '';
  beforeAll(async () => {
    whole = await mkdtemp(join(tmpdir(), 'palimpsest-shards-'));
    await writeShards(whole);
  });
  afterAll(() => rm(whole, { recursive: true }));

  test('answer as one', async () => {
    expect(await logits(await openCheckpoint(whole))).toEqual(await logits(await openCheckpoint(fixture('llama-tiny'))));
  });

  test.each<[string, (folder: string) => Promise<void>, string]>([
    ['one is missing', (folder) => rm(join(folder, shards[1])), `${shards[1]}: expected a safetensors file; got ENOENT`],
    ['one is cut off', (folder) => truncate(join(folder, shards[2]), 3000), `${shards[2]}: expected`],
    ['the index names a tensor that is not there', (folder) => changeIndex(folder, (map) => ({ ...map, 'model.layers.7.w': shards[0] })), `${shards[0]}: expected a tensor model.layers.7.w, as the index says; got none of that name`],
    ['the index names another file for a tensor', (folder) => changeIndex(folder, (map) => ({ ...map, 'model.norm.weight': map['model.norm.weight'] === shards[0] ? shards[1] : shards[0] })), 'model.norm.weight: expected model-0000'],
    ['the index lacks a tensor', (folder) => changeIndex(folder, ({ 'model.norm.weight': _, ...map }) => map), 'where it lies; got nothing'],
    ['the index leads out of the folder', (folder) => changeIndex(folder, (map) => ({ ...map, 'model.norm.weight': '../other.safetensors' })), 'expected a weight_map from tensors to files in this folder; got ["model.norm.weight","../other.safetensors"]'],
    ['the index is empty', (folder) => changeIndex(folder, () => ({})), 'expected a weight_map from tensors to files in this folder; got {}'],
    ['the index is no JSON', (folder) => writeFile(join(folder, 'model.safetensors.index.json'), '{"weight_map": {'), 'model.safetensors.index.json: expected JSON; got "{\\"weight_map\\": {"'],
  ])('%s', async (_, damage, message) => {
    const folder = await temporaryFolder();
    await cp(whole, folder, { recursive: true });
    await damage(folder);
    await expect(openCheckpoint(folder)).rejects.toThrow(PalimpsestError);
    await expect(openCheckpoint(folder)).rejects.toThrow(message);
  });

  const changeIndex = (folder: string, change: (map: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>): Promise<void> =>
    changeJson(join(folder, 'model.safetensors.index.json'), (index) => ({ ...index, weight_map: change(index['weight_map'] as Readonly<Record<string, unknown>>) }));
});

/** A float32's bits with the lower half rounded off, to nearest, ties to even. */
function upperHalf(bits: number): number {
  const [kept, cut] = [Math.floor(bits / 65_536), bits % 65_536];
  return (cut > 32_768 || (cut === 32_768 && kept % 2 === 1) ? kept + 1 : kept) * 65_536;
}

test('weights in bfloat16 run as the numbers that they round to', async () => {
  const folder = await copyOf('qwen2-tiny');
  const path = join(folder, 'model.safetensors');
  await writeTensors(path, await readTensors(path), { type: 'BF16' });
  const rounded = await changed('qwen2-tiny', (tensors) => {
    for (const [name, { shape, data }] of tensors) {
      const bits = new Uint32Array(data.buffer, data.byteOffset, data.length);
      tensors.set(name, { shape, data: new Float32Array(bits.map(upperHalf).buffer) });
    }
  });
  const [got, expected, original] = await Promise.all([folder, rounded, fixture('qwen2-tiny')].map(async (directory) => logits(await openCheckpoint(directory))));
  const distance = (a: Float32Array, b: Float32Array): number => Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
  expect(distance(got!, expected!)).toBeLessThan(1e-5);
  expect(distance(got!, original!)).toBeGreaterThan(1e-3);
});

test('what may lie in a file and is not read', async () => {
  const folder = await changed('qwen3-tiny', (tensors) => {
    tensors.set('lm_head.weight', { shape: [61, 26], data: new Float32Array(61 * 26) }); // a tied head, stored all the same
    tensors.set('model.layers.0.self_attn.rotary_emb.inv_freq', { shape: [5], data: new Float32Array(5) });
  });
  expect(await logits(await openCheckpoint(folder))).toEqual(await logits(await openCheckpoint(fixture('qwen3-tiny'))));
});

test('a parameter is where the checkpoint says', async () => {
  const { weights } = await openCheckpoint(fixture('llada-tiny'));
  const weight = weights.get('model.layers.1.mlp.down_proj.weight')!;
  const tensors = await readTensors(weight.path);
  expect(await readTensor(weight.path, weight)).toEqual(tensors.get('model.transformer.blocks.1.ff_out.weight')?.data);
});

describe('what is refused', () => {
  const config = (change: Parameters<typeof changeJson>[1]) => async (): Promise<string> => {
    const folder = await copyOf('llama-tiny');
    await changeJson(join(folder, 'config.json'), change);
    return folder;
  };

  test.each<[string, () => Promise<string>, string]>([
    ['no folder', async () => join(await temporaryFolder(), 'none'), 'config.json: expected a file; got none'],
    ['a folder without weights', async () => {
      const folder = await copyOf('llama-tiny');
      await rm(join(folder, 'model.safetensors'));
      return folder;
    }, 'model.safetensors: expected a safetensors file; got ENOENT'],
    ['a config that is a folder', async () => {
      const folder = await temporaryFolder();
      await mkdir(join(folder, 'config.json'));
      return folder;
    }, 'config.json: expected a file that can be read; got EISDIR'],
    ['a config that is no object', async () => {
      const folder = await copyOf('llama-tiny');
      await writeFile(join(folder, 'config.json'), 'null');
      return folder;
    }, `expected a model_type among ${known}; got none`],
    ['an unknown architecture', config((given) => ({ ...given, model_type: 'gpt2' })), `config.json: expected a model_type among ${known}; got "gpt2"`],
    ['an unknown key', config((given) => ({ ...given, rope_thetta: 1 })), 'config.json: rope_thetta: expected a key that is known; got an unknown one. Nearest: rope_theta'],
    ['a tensor under another name', () => changed('llama-tiny', (tensors) => {
      tensors.set('model.layers.1.mlp.upp_proj.weight', tensors.get('model.layers.1.mlp.up_proj.weight')!);
      tensors.delete('model.layers.1.mlp.up_proj.weight');
    }), 'expected a tensor model.layers.1.mlp.up_proj.weight [34, 24]; got none of that name. Nearest: model.layers.0.mlp.up_proj.weight, model.layers.1.mlp.upp_proj.weight, '],
    ['a transposed tensor', () => changed('llama-tiny', (tensors) => {
      tensors.set('lm_head.weight', { ...tensors.get('lm_head.weight')!, shape: [24, 53] });
    }), 'model.safetensors: lm_head.weight: expected [53, 24]; got [24, 53]. Does config.json belong to these weights?'],
    ['a tensor that nothing reads', () => changed('llama-tiny', (tensors) => {
      tensors.set('model.layers.0.self_attn.q_proj.bias', { shape: [60], data: new Float32Array(60) });
    }), 'expected only tensors that the config accounts for; got model.layers.0.self_attn.q_proj.bias'],
    ['a layer more than the config has', config((given) => ({ ...given, num_hidden_layers: 1 })), 'expected only tensors that the config accounts for; got model.layers.1'],
    ['integers', async () => {
      const folder = await copyOf('llama-tiny');
      const path = join(folder, 'model.safetensors');
      const bytes = await readFile(path);
      bytes.write(bytes.toString('latin1').replace('"F32"', '"I32"'), 'latin1');
      await writeFile(path, bytes);
      return folder;
    }, 'expected F32, F16 or BF16; got I32'],
  ])('%s', async (_, make, message) => {
    const folder = await make();
    await expect(openCheckpoint(folder)).rejects.toThrow(PalimpsestError);
    await expect(openCheckpoint(folder)).rejects.toThrow(message);
  });
});
