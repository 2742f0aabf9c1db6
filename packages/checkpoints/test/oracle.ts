import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Backbone } from '@palimpsest/backbone';
import { readHeader, readTensor } from '@palimpsest/checkpoints';
import type { Checkpoint } from '@palimpsest/checkpoints';
import { evaluate, reference } from '@palimpsest/graph';
import type { Feeds } from '@palimpsest/graph';
import { buildPass } from '@palimpsest/layers';
import { openBackbone } from '@palimpsest/runtime';
import { expect } from 'vitest';
import { fixture } from './model-folder.js';

/** What was asked of PyTorch. */
export interface Inputs {
  readonly ids: readonly (readonly number[])[];
  readonly positions: readonly number[];
  readonly cached?: number;
  /** Tokens that follow a prompt, the likeliest each time. */
  readonly greedy?: { readonly prompt: readonly number[]; readonly tokens: readonly number[] };
}

export const readInputs = async (name: string): Promise<Inputs> => JSON.parse(await readFile(join(fixture(name), 'inputs.json'), 'utf8')) as Inputs;

/** PyTorch's logits in double precision, [batch, rows, vocabulary], flat. */
export async function expectedLogits(name: string, tensor: string): Promise<Float64Array> {
  const path = join(fixture(name), 'outputs.safetensors');
  const { offset, bytes, type } = (await readHeader(path)).tensors.get(`${tensor}_float64`)!;
  expect(type).toBe('F64');
  return new Float64Array(Uint8Array.from((await readFile(path)).subarray(offset, offset + bytes)).buffer);
}

export const largestDifference = (got: ArrayLike<number>, expected: ArrayLike<number>): number => {
  expect(got.length).toBe(expected.length);
  return Array.from(got).reduce((largest, value, i) => Math.max(largest, Math.abs(value - expected[i]!)), 0);
};

/** Parameters, tokens and positions for the interpreter. */
export async function interpreterFeeds({ weights }: Checkpoint, { ids, positions }: Inputs): Promise<Feeds> {
  const shape = [ids.length, positions.length];
  const parameters = await Promise.all([...weights].map(async ([name, weight]) => [name, reference(weight.shape, await readTensor(weight.path, weight))] as const));
  return { ...Object.fromEntries(parameters), tokens: reference(shape, ids.flat()), positions: reference(shape, ids.flatMap(() => positions)) };
}

export async function interpretedLogits(checkpoint: Checkpoint, inputs: Inputs): Promise<Float64Array> {
  const { definition } = checkpoint;
  const { hidden } = buildPass(definition, { batch: inputs.ids.length, length: inputs.positions.length });
  return evaluate([definition.head(hidden)], await interpreterFeeds(checkpoint, inputs))[0]!.data;
}

export const open = (checkpoint: Checkpoint): Promise<Backbone> => openBackbone({ ...checkpoint, threads: 1, thread: 'own' });

/** What `ask` makes of each row of the batch, all rows at once, in one list. */
export async function runningLogits(backbone: Backbone, { ids }: Inputs, ask: (context: Awaited<ReturnType<Backbone['open']>>, tokens: Int32Array) => Promise<{ readonly logits: Float32Array }>): Promise<Float32Array> {
  const rows = await Promise.all(ids.map(async (row) => {
    await using context = await backbone.open();
    return (await ask(context, Int32Array.from(row))).logits;
  }));
  return Float32Array.from(rows.flatMap((row) => [...row]));
}
