import { join } from 'node:path';
import { openCheckpoint, readHeader, readTensors } from '@palimpsest/checkpoints';
import { evaluate } from '@palimpsest/graph';
import { buildPass } from '@palimpsest/layers';
import { describe, expect, test } from 'vitest';
import { changeJson, copyOf, fixture } from './model-folder.js';
import { expectedLogits, interpretedLogits, interpreterFeeds, largestDifference, open, readInputs, runningLogits } from './oracle.js';

const models = ['ttt-linear-tiny', 'ttt-linear-tiny-mamba', 'ttt-mlp-tiny', 'ttt-mlp-tiny-mamba'];
const outputsOf = (name: string): ReturnType<typeof readTensors> => readTensors(join(fixture(name), 'outputs.safetensors'));

describe.each(models)('%s', (name) => {
  test('every tensor of the file is one parameter, and every parameter one tensor', async () => {
    const { weights, definition, family } = await openCheckpoint(fixture(name));
    const { tensors } = await readHeader(join(fixture(name), 'model.safetensors'));
    expect(family).toBe('ttt');
    expect([...weights.keys()]).toEqual(definition.parameters.map((parameter) => parameter.name));
    expect(new Set([...weights.values()].map(({ offset }) => offset))).toEqual(new Set([...tensors.values()].map(({ offset }) => offset)));
    for (const { name: parameter, shape } of definition.parameters) expect(tensors.get(parameter)!.shape).toEqual(shape);
  });

  test("the authors' logits, by the interpreter and running", async () => {
    const checkpoint = await openCheckpoint(fixture(name));
    const [inputs, exact, outputs] = await Promise.all([readInputs(name), expectedLogits(name, 'logits'), outputsOf(name)]);
    expect(largestDifference(await interpretedLogits(checkpoint, inputs), exact)).toBeLessThan(1e-9);
    await using backbone = await open(checkpoint);
    const running = await runningLogits(backbone, inputs, (context, tokens) => context.score(tokens, { give: 'logits' }));
    expect(largestDifference(running, outputs.get('logits')!.data)).toBeLessThan(1e-4);
  });

  test('rows after a prefix: at once, in pieces that begin anywhere, one by one', async () => {
    const [inputs, outputs] = await Promise.all([readInputs(name), outputsOf(name)]);
    await using backbone = await open(await openCheckpoint(fixture(name)));
    const expected = outputs.get('logits_after_prefix')!.data;
    const length = inputs.positions.length;
    const cached = inputs.cached!;
    for (const cuts of [[0, cached, length], [0, 5, 12, cached, length], Array.from({ length: length + 1 }, (_, i) => i)]) {
      const came = await runningLogits(backbone, inputs, async (context, tokens) => {
        const rows: number[] = [];
        for (const [piece, start] of cuts.slice(0, -1).entries()) rows.push(...(await context.append!(tokens.subarray(start, cuts[piece + 1]), { give: 'logits' })).logits);
        return { logits: Float32Array.from(rows.slice(cached * backbone.vocabulary.size)) };
      });
      expect(largestDifference(came, expected)).toBeLessThan(1e-4);
    }
  });

  test('fast weights and gradients after the text are those that the authors cache', async () => {
    const checkpoint = await openCheckpoint(fixture(name));
    const [inputs, outputs] = await Promise.all([readInputs(name), outputsOf(name)]);
    const { kept } = buildPass(checkpoint.definition, { batch: 2, length: inputs.positions.length });
    const feeds = await interpreterFeeds(checkpoint, inputs);
    const values = evaluate([...kept.values()], feeds);
    let compared = 0;
    for (const [index, { name: state }] of [...kept.keys()].entries()) {
      const [, layer, own, kind] = /layers\.(\d+)\.seq_modeling_block\.(W\d)\.(change|gradient)$/.exec(state) ?? [];
      if (own === undefined) continue; // inputs of convolutions: what follows a prefix depends on them
      const [, heads, rows, columns] = values[index]!.shape as [number, number, number, number];
      /** The bias lies below the matrix. */
      const part = (matrix: boolean): number[] => [...values[index]!.data].filter((_, i) => (Math.floor(i / columns) % rows < rows - 1) === matrix);
      for (const [tensor, ours] of [[own, part(true)], [own.replace('W', 'b'), part(false)]] as const) {
        const start = feeds[`model.layers.${layer}.seq_modeling_block.${tensor}`]!.data;
        const absolute = kind === 'change' ? ours.map((value, i) => value + start[i % start.length]!) : ours;
        const theirs = outputs.get(`${tensor}_${kind === 'change' ? 'states' : 'grad'}.${layer}`)!;
        expect(theirs.shape.slice(0, 2)).toEqual([2, heads]);
        expect(largestDifference(absolute, theirs.data), `${state} ${tensor}`).toBeLessThan(1e-4);
        compared++;
      }
    }
    expect(compared).toBe(name.includes('mlp') ? 16 : 8); // maps · (matrix, bias) · (weights, gradients) · layers
  });
});

test('a config whose mini-batches or inner model are not those of the weights is refused, by tensor', async () => {
  const folder = await copyOf('ttt-linear-tiny');
  const path = join(folder, 'config.json');
  await changeJson(path, (config) => ({ ...config, mini_batch_size: 8 }));
  await expect(openCheckpoint(folder)).rejects.toThrow(/learnable_token_idx.*expected.*\[8\].*got \[16\]/);
  await changeJson(path, (config) => ({ ...config, mini_batch_size: 16, ttt_layer_type: 'mlp' }));
  await expect(openCheckpoint(folder)).rejects.toThrow(/seq_modeling_block\.(W1|b1|W2)/);
});
