import { readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PalimpsestError } from '@palimpsest/backbone';
import { families, palimpsest, writeTensors } from '@palimpsest/checkpoints';
import { exportModel, listModels, openModel } from '@palimpsest/models';
import type { ModelCard, ModelToExport } from '@palimpsest/models';
import { liveSessions, liveWorkers, openBackbone } from '@palimpsest/runtime';
import { saveTokenizer } from '@palimpsest/tokenizer';
import { afterEach, describe, expect, test } from 'vitest';
import { randomWeights, temporaryFolder, tinyConfig, tinyModel, tinyScans, tinyTokenizer } from './tiny-model.js';

/** In this thread, so that no build is needed. */
const here = { thread: 'own', threads: 1 } as const;
const tokens = Int32Array.of(0, 7, 2, 262, 31, 2, 99);

async function logitsOf(given: Pick<ModelToExport, 'config' | 'weights'>): Promise<Float32Array> {
  await using backbone = await openBackbone({ ...palimpsest.assemble(given.config, 'config'), weights: given.weights, ...here });
  await using context = await backbone.open();
  return (await context.score(tokens, { give: 'logits' })).logits;
}

async function logitsOfFolder(directory: string): Promise<Float32Array> {
  await using model = await openModel(directory, here);
  await using context = await model.backbone.open();
  return (await context.score(tokens, { give: 'logits' })).logits;
}

async function exported(name = 'tiny', change: Partial<ModelToExport> = {}): Promise<{ readonly folder: string; readonly model: ModelToExport }> {
  const folder = await temporaryFolder();
  const model = { ...(await tinyModel(folder, name)), ...change };
  await exportModel(model);
  return { folder, model };
}

afterEach(() => {
  expect([liveSessions(), liveWorkers()]).toEqual([0, 0]);
});

describe('export and open', () => {
  test.each([
    ['bidirectional, own head', tinyConfig],
    ['scans, causal', tinyScans],
    ['scans both ways, in blocks', { ...tinyScans, visibility_block_size: 4, prediction: 'same', mamba2: { ...tinyScans.mamba2, backward: 'separate' } } as const],
    ['causal, tied head', { ...tinyConfig, visibility_block_size: 1, prediction: 'next', tie_word_embeddings: true, query_key_norm: false } as const],
  ])('%s: the opened folder answers as the weights in memory do', async (_, config) => {
    const { model } = await exported('tiny', { config, weights: randomWeights(config, 11) });
    const logits = await logitsOfFolder(model.directory);
    const expected = await logitsOf(model);
    expect(logits.length).toBe(7 * 263);
    expect(Math.max(...logits.map((logit, i) => Math.abs(logit - expected[i]!)))).toBeLessThan(1e-5);
    const others = await logitsOf({ config, weights: randomWeights(config, 12) });
    expect(Math.max(...logits.map((logit, i) => Math.abs(logit - others[i]!)))).toBeGreaterThan(0.1);
  });

  test('what was assumed of a published model is said', async () => {
    const folder = await temporaryFolder();
    await saveTokenizer(folder, tinyTokenizer());
    const config = { model_type: 'mamba2', vocab_size: 263, hidden_size: 6, num_hidden_layers: 1, num_heads: 4, head_dim: 3, state_size: 5, n_groups: 2, conv_kernel: 4, layer_norm_epsilon: 1e-5, tie_word_embeddings: true, bos_token_id: 0, eos_token_id: 1 };
    const { definition, tensorName } = families.find(({ name }) => name === 'mamba2')!.assemble(config, 'config');
    await writeTensors(join(folder, 'model.safetensors'), new Map(definition.parameters.map(({ name, shape, initialise }) => [tensorName(name), { shape, data: initialise(shape, () => 0.3) }])));
    await writeFile(join(folder, 'config.json'), JSON.stringify(config));
    await using model = await openModel(folder, here);
    expect(model.assumptions).toEqual([expect.stringContaining('over each of the 2 groups')]);
  });

  test('an opened model has its name, tokenizer, vocabulary and card, and none of it lives on after disposal', async () => {
    const { model } = await exported('fox');
    const opened = await openModel(model.directory, here);
    const { name, directory, backbone, tokenizer, card } = opened;
    expect({ name, directory, card }).toEqual({ name: 'fox', directory: model.directory, card: model.card });
    expect(backbone).toMatchObject({ vocabulary: { size: 263, mask: 2, begin: 0, end: 1 }, maximumLength: 19, prediction: 'same', visibility: { name: 'bidirectional' } });
    expect(tokenizer.decode(tokenizer.encode('the fox saw 狐'))).toBe('the fox saw 狐');
    expect(tokenizer.special).toEqual({ begin: 0, end: 1, mask: 2 });
    expect(liveSessions()).toBeGreaterThan(0);
    await opened[Symbol.asyncDispose]();
    await expect(backbone.open()).rejects.toThrow('one that is disposed');
  });

  test('weights are rounded to float16: two bytes each, and a third keeps eleven bits', async () => {
    const weights = randomWeights(tinyConfig, 3);
    weights.get('model.norm.weight')!.data.fill(1 / 3);
    const { folder, model } = await exported('tiny', { weights });
    const [summary] = await listModels(folder);
    expect(summary!.bytes).toBe(2 * summary!.parameters);
    const { size } = await stat(join(model.directory, 'model.safetensors'));
    expect(size - summary!.bytes).toBeLessThan(2000);
    const rounded = new Map(weights).set('model.norm.weight', { shape: [10], data: new Float32Array(10).fill(1365 / 4096) });
    const [got, expected] = [await logitsOfFolder(model.directory), await logitsOf({ config: tinyConfig, weights: rounded })];
    expect(Math.max(...got.map((logit, i) => Math.abs(logit - expected[i]!)))).toBeLessThan(1e-5);
  });

  test('a new export replaces the old one and leaves nothing beside it', async () => {
    const { folder, model } = await exported();
    await exportModel({ ...model, weights: randomWeights(tinyConfig, 77), card: { title: 'Second', description: 'More random numbers.' } });
    expect(await readdir(folder)).toEqual(['tiny', 'tokenizer']);
    expect((await listModels(folder)).map(({ title }) => title)).toEqual(['Second']);
  });

  test('the page states the facts of card and config', async () => {
    const card: ModelCard = {
      title: 'Fox stories', description: 'Writes about foxes.', data: 'storybook, seeds 0 to 9', command: 'palimpsest train fox', tokensSeen: 2_812_345, trainingSeconds: 5400,
      heldOutNatsPerToken: 1.23456, checkerScore: 0.9514, checkerScoreByTokensSeen: [{ at: 70_000, score: 0.25 }], checkerScoreByPassesPerToken: [{ at: 0.125, score: 0.5 }], sampling: { temperature: 0.5, blockLength: 32, policy: 'position-weighted=0.05' }, notes: ['Short texts only.'],
    };
    const { model } = await exported('fox', { card });
    const page = await readFile(join(model.directory, 'README.md'), 'utf8');
    for (const line of [
      '# Fox stories', "await openModel('fox')", '| context | 19 tokens |', '| data | storybook, seeds 0 to 9 |', '| tokens seen | 2,812,345 |', '| training time | 1.5 hours |', '| held-out loss | ≤ 1.235 nats per token |',
      '| checker score | 0.951 |', '| writes best with | temperature 0.5, blocks of 32, policy position-weighted=0.05 |', '| 70,000 | 0.250 |', '| 0.125 | 0.500 |', '- Short texts only.', 'palimpsest train fox', '1 layers, width 10, 6 heads (2 for keys and values) of 4',
    ]) expect(page).toContain(line);
  });
});

describe('listModels', () => {
  test('has every folder with a card, by name, with what its config and card say', async () => {
    const folder = await temporaryFolder();
    const causal = { ...tinyConfig, visibility_block_size: 1, prediction: 'next', tie_word_embeddings: true } as const;
    await exportModel({ ...(await tinyModel(folder, 'zebra', causal)), card: { title: 'Z', description: 'Last.', checkerScore: 0.5, tokensSeen: 12, sampling: { topK: 3 } } });
    await exportModel(await tinyModel(folder, 'ant', { ...tinyConfig, visibility_block_size: 4 }));
    await exportModel(await tinyModel(folder, 'ant.partial'));
    const attention = 10 * 24 + 2 * 10 * 8 + 24 * 10 + 2 * 4;
    const shared = attention + 3 * 10 * 14 + 3 * 10;
    expect(await listModels(folder)).toEqual([
      { name: 'ant', title: 'Tiny', description: 'Random numbers.', visibility: 'block-causal(4)', prediction: 'same', parameters: shared + 2 * 2630, maximumLength: 19, bytes: 2 * (shared + 2 * 2630), tellsInnerLosses: false },
      { name: 'zebra', title: 'Z', description: 'Last.', visibility: 'causal', prediction: 'next', parameters: shared + 2630, maximumLength: 19, bytes: 2 * (shared + 2630), tellsInnerLosses: false, checkerScore: 0.5, tokensSeen: 12, sampling: { topK: 3 } },
    ]);
  });

  test('a missing folder is an error, one without models is empty', async () => {
    const folder = await temporaryFolder();
    expect(await listModels(folder)).toEqual([]);
    await expect(listModels(join(folder, 'none'))).rejects.toThrow('models: expected a folder of models; got ENOENT');
  });

  test('what comes with the package can be read, and each is below 10 MB', async () => {
    for (const { name, bytes, title } of await listModels()) {
      expect(name).toMatch(/^storybook-/);
      expect(title).not.toBe('');
      expect(bytes).toBeLessThan(9.5e6); // the tokenizer and the page beside it are small
    }
  });
});

describe('what cannot be opened', () => {
  test('a name that no model and no folder has: the names there are', async () => {
    const names = (await listModels()).map(({ name }) => name);
    const error = await openModel('storybok-ar', here).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PalimpsestError);
    for (const name of names) expect(String(error)).toContain(name);
    expect(error).toMatchObject({ where: 'model', got: '"storybok-ar"' });
    await expect(openModel(import.meta.filename, here)).rejects.toThrow("a model's folder");
  });

  test.each<[string, (directory: string) => Promise<unknown>, string]>([
    ['no weights', (directory) => rm(join(directory, 'model.safetensors')), 'model.safetensors: expected a safetensors file; got ENOENT'],
    ['weights cut off', (directory) => truncate(join(directory, 'model.safetensors'), 5000), 'bytes, as the header says; got 5000. The file is damaged or was cut off'],
    ['weights cut off in the header', (directory) => truncate(join(directory, 'model.safetensors'), 99), 'expected a header of at most 91 bytes'],
    ['no config', (directory) => rm(join(directory, 'config.json')), 'config.json: expected a file; got none'],
    ['no tokenizer', (directory) => rm(join(directory, 'tokenizer.json')), 'tokenizer.json: expected a file; got none'],
    ['a card of another kind', (directory) => writeFile(join(directory, 'card.json'), '{"title": "T", "description": "D", "checkerscore": 1}'), 'checkerscore: expected a key of a card; got an unknown one. Nearest: checkerScore'],
    ['a config of another model', (directory) => writeFile(join(directory, 'config.json'), JSON.stringify({ ...tinyConfig, hidden_size: 12 })), 'expected [263, 12]; got [263, 10]. Does config.json belong to these weights?'],
    ['a tokenizer with another mask', (directory) => writeFile(join(directory, 'config.json'), JSON.stringify({ ...tinyConfig, mask_token_id: 1 })), "expected a tokenizer whose mask token is 1, as in config.json; got 2"],
    ['a larger tokenizer', (directory) => saveTokenizer(directory, tinyTokenizer(264)), "expected a tokenizer of at most the model's 263 tokens; got 264"],
  ])('%s', async (_, damage, message) => {
    const { model } = await exported();
    await damage(model.directory);
    await expect(openModel(model.directory, here)).rejects.toThrow(message);
  });

  test('on a device that is not there', async () => {
    const { model } = await exported();
    await expect(openModel(model.directory, { ...here, device: 'cuda' })).rejects.toThrow('Device cpu runs everywhere.');
  });

  test('an opening that is aborted before or during ends with the reason', async () => {
    const { model } = await exported();
    await expect(openModel(model.directory, { ...here, signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    for (const milliseconds of [0, 2, 5, 10]) {
      const controller = new AbortController();
      const opening = openModel(model.directory, { ...here, signal: controller.signal });
      setTimeout(() => controller.abort(new Error(`after ${milliseconds}`)), milliseconds);
      const outcome = await opening.then(async (opened) => {
        await opened[Symbol.asyncDispose]();
        return 'opened before';
      }, String);
      expect(['opened before', `Error: after ${milliseconds}`]).toContain(outcome);
      if (milliseconds === 0) expect(outcome).toBe('Error: after 0');
    }
  });
});

describe('what cannot be exported leaves the place as it was', () => {
  const without = (weights: ModelToExport['weights'], name: string): ModelToExport['weights'] => new Map([...weights].filter(([key]) => key !== name));
  const filled = (weights: ModelToExport['weights'], value: number): ModelToExport['weights'] => new Map(weights).set('model.norm.weight', { shape: [10], data: new Float32Array(10).fill(value) });

  test.each<[string, (model: ModelToExport, folder: string) => Partial<ModelToExport>, string]>([
    ['a missing tensor', ({ weights }) => ({ weights: without(weights, 'lm_head.weight') }), 'expected a tensor lm_head.weight [263, 10]; got none of that name'],
    ['a tensor too many', ({ weights }) => ({ weights: new Map(weights).set('extra', { shape: [1], data: Float32Array.of(1) }) }), 'expected only tensors that the config accounts for; got extra'],
    ['not a number', ({ weights }) => ({ weights: filled(weights, Number.NaN) }), 'model.norm.weight: expected numbers within ±65504, as float16 holds; got NaN at 0. Did training diverge?'],
    ['beyond float16', ({ weights }) => ({ weights: filled(weights, -65_505) }), 'got -65505 at 0'],
    ['no tokenizer', (_, folder) => ({ tokenizerDirectory: join(folder, 'nowhere') }), 'tokenizer.json: expected a file; got none'],
    ['a card without a title', () => ({ card: { description: 'D' } as ModelCard }), 'card: expected a title; got none'],
    ['a card with a score above 1', () => ({ card: { title: 'T', description: 'D', checkerScore: 95 } }), 'card: checkerScore: expected a number from 0 to 1; got 95'],
    ['a sampling with an unknown part', () => ({ card: { title: 'T', description: 'D', sampling: { block: 4 } } as ModelCard }), 'card: sampling: expected an object of temperature, topP, topK, blockLength, policy, secondLook; got {"block":4}'],
    ['a sampling out of range', () => ({ card: { title: 'T', description: 'D', sampling: { topP: 0 } } }), 'card: sampling: expected an object of temperature'],
    ['a curve out of range', () => ({ card: { title: 'T', description: 'D', checkerScoreByTokensSeen: [{ at: 1, score: 2 }] } }), 'expected a list of { at, score }'],
    ['an unknown config key', () => ({ config: Object.assign({ rope_thetas: 1 }, tinyConfig) }), 'rope_thetas: expected a key that is known; got an unknown one. Nearest: rope_theta'],
  ])('%s', async (_, change, message) => {
    const { folder, model } = await exported();
    const before = await readFile(join(model.directory, 'model.safetensors'));
    await expect(exportModel({ ...model, ...change(model, folder) })).rejects.toThrow(message);
    expect(await readdir(folder)).toEqual(['tiny', 'tokenizer']);
    expect(await readFile(join(model.directory, 'model.safetensors'))).toEqual(before);
  });
});
