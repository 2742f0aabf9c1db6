import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { convertJaxTtt, openCheckpoint, readJson, readTensors } from '@palimpsest/checkpoints';
import { describe, expect, test } from 'vitest';
import { fromJax, permute } from '../src/families/ttt/from-jax.js';
import { fixture, temporaryFolder } from './model-folder.js';
import { largestDifference, open } from './oracle.js';

type Config = Readonly<Record<string, unknown>>;
const models = ['ttt-jax-linear', 'ttt-jax-mlp-mamba'];
const configOf = async (name: string): Promise<Config> => (await readJson(join(fixture(name), 'config.json'))) as Config;
const read = async <T>(name: string, file: string): Promise<T> => (await readJson(join(fixture(name), file))) as T; // written by tools/oracle

async function logitsOf(directory: string, ids: readonly (readonly number[])[]): Promise<number[]> {
  await using backbone = await open(await openCheckpoint(directory));
  const rows: number[] = [];
  for (const line of ids) {
    await using context = await backbone.open();
    rows.push(...(await context.score(Int32Array.from(line), { give: 'logits' })).logits);
  }
  return rows;
}

describe.each(models)('%s', (name) => {
  test.each(['streaming_params', 'streaming_train_state'])('%s: what comes of it says what the JAX code says', async (file) => {
    const directory = join(await temporaryFolder(), 'converted');
    await convertJaxTtt({ file: join(fixture(name), file), config: await configOf(name), directory });
    const { ids } = await read<{ readonly ids: readonly (readonly number[])[] }>(name, 'inputs.json');
    const expected = (await readTensors(join(fixture(name), 'outputs.safetensors'))).get('logits')!.data;
    const logits = await logitsOf(directory, ids);
    expect(largestDifference(logits, expected)).toBeLessThan(1e-4);
    expect(largestDifference(logits.map((_, i) => logits[(i + 1) % logits.length]!), expected)).toBeGreaterThan(0.5); // else it would see nothing
  });

  test('each of the names of the JAX code has one here, and no two the same', async () => {
    const { parameters } = await read<{ readonly parameters: readonly string[] }>(name, 'provenance.json');
    const names = parameters.map((parameter) => fromJax(parameter)?.name);
    expect(names).not.toContain(undefined);
    expect(new Set(names).size).toBe(parameters.length);
  });
});

test('axes in another order', () => {
  const data = Float32Array.from({ length: 24 }, (_, i) => i);
  expect(permute({ shape: [2, 3, 4], data }, [2, 0, 1])).toEqual({ shape: [4, 2, 3], data: Float32Array.from({ length: 24 }, (_, i) => (i % 6) * 4 + Math.floor(i / 6)) });
  expect(permute({ shape: [2, 12], data }, [0, 1]).data).toEqual(data);
});

describe('refused', () => {
  const [name] = models as [string];
  const convert = async (file: string, change: Config = {}): Promise<void> => convertJaxTtt({ file, config: { ...(await configOf(name)), ...change }, directory: join(await temporaryFolder(), 'out') });
  test('a config of other sizes, of other parts', async () => {
    const file = join(fixture(name), 'streaming_params');
    await expect(convert(file, { intermediate_size: 11 })).rejects.toThrow('model/h/0/feed_forward/w1/kernel: expected [11, 12]; got [10, 12]. Is the config that of these weights?');
    await expect(convert(file, { num_hidden_layers: 3 })).rejects.toThrow('expected a tensor that becomes model.layers.2.seq_norm.weight; got none.');
    await expect(convert(file, { num_hidden_layers: 1 })).rejects.toThrow('expected no such parameter');
  });
  test('a file that is cut off, one of another kind', async () => {
    const bytes = await readFile(join(fixture(name), 'streaming_params'));
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'cut'), bytes.subarray(0, bytes.length - 5));
    await expect(convert(join(folder, 'cut'))).rejects.toThrow(/expected \d+ more bytes; got \d+\. The file is damaged/);
    await writeFile(join(folder, 'other'), 'PK');
    await expect(convert(join(folder, 'other'))).rejects.toThrow('expected pairs of a path and bytes');
  });
});
