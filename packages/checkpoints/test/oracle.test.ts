import { join } from 'node:path';
import { bidirectional, blockCausal } from '@palimpsest/backbone';
import type { Visibility } from '@palimpsest/backbone';
import { openCheckpoint, readHeader, readTensors } from '@palimpsest/checkpoints';
import type { Checkpoint } from '@palimpsest/checkpoints';
import { describe, expect, test } from 'vitest';
import { fixture } from './model-folder.js';
import { expectedLogits, interpretedLogits, largestDifference, open, readInputs, runningLogits } from './oracle.js';

const seenAs = (checkpoint: Checkpoint, visibility: Visibility): Checkpoint => ({ ...checkpoint, definition: { ...checkpoint.definition, visibility } });

const causalModels = ['llama-tiny', 'llama-tiny-tied', 'qwen2-tiny', 'qwen3-tiny'];
const bidirectionalModels = ['llada-tiny', 'llada-tiny-tied'];

type View = readonly [title: string, tensor: string, visibility: Visibility | undefined];
const published: View = ['as published', 'logits', undefined];
const others: readonly View[] = [['bidirectional', 'logits_bidirectional', bidirectional], ['in blocks of 3', 'logits_block_causal_3', blockCausal(3)]];

describe.each([
  ...causalModels.map((name) => ({ name, visibility: 'causal', views: [published, ...others] })),
  ...bidirectionalModels.map((name) => ({ name, visibility: 'bidirectional', views: [published] })),
])('$name', ({ name, visibility: own, views }) => {
  test('every tensor of the file is one parameter, and every parameter one tensor', async () => {
    const { weights, definition } = await openCheckpoint(fixture(name));
    const { tensors } = await readHeader(join(fixture(name), 'model.safetensors'));
    const tensorAt = new Map([...tensors.values()].map((entry) => [entry.offset, entry]));
    expect([...weights.keys()]).toEqual(definition.parameters.map((parameter) => parameter.name));
    expect(new Set([...weights.values()].map(({ offset }) => tensorAt.get(offset)?.name))).toEqual(new Set(tensors.keys()));
    for (const { name: parameter, shape } of definition.parameters) expect(tensorAt.get(weights.get(parameter)!.offset)?.shape).toEqual(shape);
    expect(weights.size).toBe(tensors.size);
  });

  test.each(views)('%s: PyTorch\'s logits, by the interpreter and running', async (_, tensor, visibility) => {
    const stored = await openCheckpoint(fixture(name));
    expect(stored.definition.visibility.name).toBe(own);
    const checkpoint = visibility === undefined ? stored : seenAs(stored, visibility);
    const [inputs, expected] = await Promise.all([readInputs(name), expectedLogits(name, tensor)]);
    expect(largestDifference(await interpretedLogits(checkpoint, inputs), expected)).toBeLessThan(1e-11);
    await using backbone = await open(checkpoint);
    expect(largestDifference(await runningLogits(backbone, inputs, (context, tokens) => context.score(tokens, { give: 'logits' })), expected)).toBeLessThan(2e-5);
  });
});

test.each(causalModels)('%s: rows after a prefix that was appended', async (name) => {
  const [inputs, outputs] = await Promise.all([readInputs(name), readTensors(join(fixture(name), 'outputs.safetensors'))]);
  const expected = outputs.get('logits_after_prefix')!.data; // float32, by PyTorch's own key/value cache
  const cached = inputs.cached!;
  await using backbone = await open(await openCheckpoint(fixture(name)));
  const atOnce = await runningLogits(backbone, inputs, async (context, tokens) => {
    await context.append!(tokens.subarray(0, cached), { give: 'logits', rows: Int32Array.of() });
    return context.score(tokens.subarray(cached), { give: 'logits' });
  });
  expect(largestDifference(atOnce, expected)).toBeLessThan(2e-5);
  const oneByOne = await runningLogits(backbone, inputs, async (context, tokens) => {
    const rows: number[] = [];
    for (const token of tokens) rows.push(...(await context.append!(Int32Array.of(token), { give: 'logits' })).logits);
    return { logits: Float32Array.from(rows.slice(cached * backbone.vocabulary.size)) };
  });
  expect(largestDifference(oneByOne, expected)).toBeLessThan(2e-5);
});

test('the distances would not be small by chance: another visibility moves the logits', async () => {
  const [inputs, expected] = await Promise.all([readInputs('qwen2-tiny'), expectedLogits('qwen2-tiny', 'logits')]);
  const checkpoint = await openCheckpoint(fixture('qwen2-tiny'));
  expect(largestDifference(await interpretedLogits(seenAs(checkpoint, bidirectional), inputs), expected)).toBeGreaterThan(0.1);
});
