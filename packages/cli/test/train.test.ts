import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { causal } from '@palimpsest/backbone';
import { readHeader } from '@palimpsest/checkpoints';
import { storybook } from '@palimpsest/datasets';
import { defineTransformer } from '@palimpsest/layers';
import { listModels } from '@palimpsest/models';
import { liveSessions, liveWorkers } from '@palimpsest/runtime';
import { loadTokenizer } from '@palimpsest/tokenizer';
import { adamW, documentRows, muon, nextToken, train } from '@palimpsest/training';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { jsonLines, palimpsest, palimpsestOnScreen } from './command.js';
import { removeFolder, temporaryFolder } from './tiny-models.js';

const recipe = {
  title: 'Small', description: 'For a test.', notes: ['Tiny.'], data: 'storybook', tokenizer: { vocabularySize: 400, documents: 20 },
  model: {
    width: 12, layers: 1, heads: 3, keyHeads: 1, headSize: 4, hidden: 14, maximumLength: 210, rotaryTheta: 10_000, normEpsilon: 1e-6, tiedHead: true, queryKeyNorm: true,
    visibility: 'causal', prediction: 'next',
  },
  objective: 'next-token', rows: 2, length: 200, microbatches: 2, steps: 7, warmupSteps: 2, decaySteps: 3,
  optimiser: { matrix: { muon: { learningRate: 0.02 } }, embedding: { adamW: { learningRate: 0.003, beta2: 0.95 } }, vector: { adamW: { learningRate: 0.003, beta2: 0.95 } } },
  clipNorm: 1, averageDecay: 0.99, seed: 1, evaluation: { every: 3, batches: 2 }, sample: { every: 5 }, saveEvery: 2,
};

let folder = '';
const path = (...parts: readonly string[]): string => join(folder, ...parts);
async function write(name: string, change: object = {}): Promise<string> {
  await writeFile(path(name), JSON.stringify({ ...recipe, ...change }));
  return path(name);
}
const run = (file: string, out: string, ...options: readonly string[]): ReturnType<typeof palimpsest> => palimpsest(['train', file, '--out', path(out), '--threads', '1', ...options]);
const textOf = (firstSeed: number): string => Array.from({ length: 90 }, (_, index) => storybook(firstSeed + index).text).join('\n\n');
const modelBytes = (out: string): Promise<Buffer> => readFile(path(out, 'model', 'model.safetensors'));

beforeAll(async () => {
  folder = await temporaryFolder();
  await write('small.json');
  expect((await run(path('small.json'), 'whole')).code).toBe(0);
});
afterAll(() => removeFolder(folder));
afterEach(() => {
  expect([liveSessions(), liveWorkers()]).toEqual([0, 0]);
});

describe('train', () => {
  test('as JSON: the losses are those of the trainer called directly with the same parts', async () => {
    const { code, output, errors } = await run(path('small.json'), 'json', '--json');
    expect([code, errors]).toEqual([0, '']);
    const events = jsonLines(output);
    expect(events.map(({ type }) => type)).toEqual([
      'start', 'step', 'step', 'save', 'step', 'evaluation', 'step', 'save', 'step', 'sample', 'step', 'save', 'evaluation', 'step', 'save', 'evaluation', 'sample', 'finish', 'export',
    ]);

    const tokenizer = await loadTokenizer(path('json', 'tokenizer'));
    const { begin = -1, end = -1 } = tokenizer.special;
    const rows = (firstIndex: number): ReturnType<typeof documentRows> =>
      documentRows({ document: (index) => Int32Array.of(begin, ...tokenizer.encode(storybook(index).text), end), firstIndex, rows: 2, length: 200, padId: end });
    const adam = adamW({ learningRate: 0.003, beta2: 0.95 });
    const direct = train({
      model: defineTransformer({ vocabularySize: 400, width: 12, layers: 1, heads: 3, keyHeads: 1, headSize: 4, hidden: 14, maximumLength: 210, visibility: causal, prediction: 'next', rotary: { theta: 10_000 }, normEpsilon: 1e-6, tiedHead: true, queryKeyNorm: true }),
      objective: nextToken, data: rows(0), rows: 2, length: 200, microbatches: 2, optimiser: { matrix: muon({ learningRate: 0.02 }), embedding: adam, vector: adam },
      schedule: { steps: 7, warmupSteps: 2, decaySteps: 3, final: 0 }, clipNorm: 1, averageDecay: 0.99, seed: 1, threads: 1, identity: 'direct', stateFolder: path('direct'), saveEvery: 100,
      evaluation: { every: 3, data: rows(2 ** 31), batches: 2 }, clock: () => 0,
    });
    const losses: (readonly [string, number])[] = [];
    for await (const event of direct) if (event.type === 'step' || event.type === 'evaluation') losses.push([event.type, event.loss]);
    expect(events.filter(({ type }) => type === 'step' || type === 'evaluation').map(({ type, loss }) => [type, loss])).toEqual(losses);
  });

  test('leaves a model that can be listed and written with, whose card says how it came about', async () => {
    const [summary] = await listModels(path('whole'));
    expect(summary).toMatchObject({ name: 'model', title: 'Small', description: 'For a test.', tokensSeen: 2800, visibility: 'causal' });
    const card = JSON.parse(await readFile(path('whole', 'model', 'card.json'), 'utf8')) as Record<string, unknown>;
    expect(card).toMatchObject({ data: 'storybook: generated stories, no two alike', command: `palimpsest train ${path('small.json')} --out ${path('whole')}`, notes: ['Tiny.'] });
    expect(card['heldOutNatsPerToken']).toBeGreaterThan(3);
    expect((await readHeader(path('whole', 'model', 'model.safetensors'))).tensors.get('model.embed_tokens.weight')).toMatchObject({ type: 'F16', shape: [400, 12] });
    expect((await palimpsest(['generate', path('whole', 'model'), '--tokens', '6', '--seed', '1'])).code).toBe(0);
  });

  test('stopped and called again it goes on, and the model is the same to the bit', async () => {
    const stop = new AbortController();
    let output = '';
    const words = ['train', path('small.json'), '--out', path('halved'), '--threads', '1'];
    const first = await palimpsest([...words, '--json'], {
      signal: stop.signal,
      output: {
        write: (text) => {
          output += text;
          if (text.includes('"step":3')) stop.abort(new Error('enough'));
        },
      },
    });
    expect(first.code).toBe(130);
    expect(jsonLines(output).at(-1)).toMatchObject({ type: 'finish', reason: 'aborted', step: 3 });
    const second = await palimpsest(words);
    expect(second.code).toBe(0);
    expect(second.output).toContain('goes on after step 3');
    expect(await modelBytes('halved')).toEqual(await modelBytes('whole'));

    const third = await palimpsest(words);
    expect([third.code, third.errors]).toEqual([0, expect.stringContaining('Was finished before. The model is in')]);
  });

  test('stopped in readable form it says with which words it goes on', async () => {
    const stop = new AbortController();
    const { code, errors } = await palimpsest(['train', path('small.json'), '--out', path('stopped here')], {
      signal: stop.signal,
      clock: (() => {
        let looks = 0;
        return () => {
          if (++looks === 9) stop.abort(new Error('enough'));
          return looks;
        };
      })(),
    });
    expect(code).toBe(130);
    expect(errors).toMatch(/^Stopped after step \d of 7; everything is saved\. To go on:\n {2}palimpsest train \S+small\.json --out '.*stopped here'\n$/);
  });

  test('on a terminal: the course of the loss below, samples and held-out losses above', async () => {
    const { code, screen } = await palimpsestOnScreen(['train', path('small.json'), '--out', path('seen')], 70, 60);
    const text = screen.lines().join('\n');
    expect(code).toBe(0);
    expect(text).toMatch(/^small: 5,\d{3} parameters, 7 steps of 400 tokens\n/);
    for (const step of [3, 6, 7]) expect(text).toMatch(new RegExp(`^step ${step}: held-out loss \\d\\.\\d{4} nats per token$`, 'm'));
    expect(text).toMatch(/^step 5 writes:$/m);
    expect(text).toMatch(/\n█+ 7 of 7 · 0 ms left\nloss \d\.\d{4} · .* tokens\/s · 2,800 tokens seen\n[▁▂▃▄▅▆▇█]{7}\nFinished: 2,800 tokens in [^]*palimpsest generate /);
    expect(screen.cursorVisible()).toBe(true);
  });

  test('a masked diffusion model starts from the weights and the tokenizer of another', async () => {
    const model = { ...recipe.model, visibility: 'bidirectional' };
    const file = await write('mdlm.json', { objective: 'masked-diffusion', model, tokenizer: path('whole', 'model'), start: path('whole', 'model'), steps: 2, decaySteps: 0 });
    expect((await run(file, 'mdlm')).code).toBe(0);
    const generated = await palimpsest(['generate', path('mdlm', 'model'), '--tokens', '6', '--steps', '3', '--seed', '1', '--json']);
    expect(jsonLines(generated.output)[0]).toMatchObject({ way: 'masked-diffusion' });
    const wide = await write('wide.json', { objective: 'masked-diffusion', model: { ...model, width: 16 }, tokenizer: path('whole', 'model'), start: path('whole', 'model') });
    expect(await run(wide, 'wide')).toMatchObject({ code: 2, errors: expect.stringMatching(/^start: .*model\.embed_tokens\.weight: expected weights of shape \[400, 16\]; got \[400, 12\]/) });
  });

  test('block diffusion goes on from an autoregressive model, in small blocks at first, and writes', async () => {
    const model = { ...recipe.model, visibility: { blockCausal: 8 } };
    const change = { objective: 'block-diffusion', model, noise: { least: 0.1, most: 1, endsMasked: 0.5 }, blockSizeWarmup: [{ until: 2, blockSize: 1 }, { until: 3, blockSize: 4 }], tokenizer: path('whole', 'model'), start: path('whole', 'model'), steps: 5, decaySteps: 0 };
    const { code, output } = await run(await write('blocks.json', change), 'blocks', '--json');
    expect(code).toBe(0);
    const losses = jsonLines(output).filter(({ type }) => type === 'step').map(({ loss }) => Number(loss));
    const plain = jsonLines((await run(await write('plain.json', { ...change, blockSizeWarmup: undefined }), 'plain', '--json')).output).filter(({ type }) => type === 'step').map(({ loss }) => Number(loss));
    expect(losses).toHaveLength(5);
    expect(losses[0]).not.toBeCloseTo(plain[0]!, 3);
    const generated = await palimpsest(['generate', path('blocks', 'model'), '--tokens', '15', '--policy', 'sequential-threshold=0', '--json']);
    expect(jsonLines(generated.output)[0]).toMatchObject({ way: 'block-diffusion' });
    expect(jsonLines(generated.output).find(({ type }) => type === 'finish')).toMatchObject({ usage: { forwardPasses: 3 } }); // a look at either block and one commit
  });

  test('what a recipe says of sampling is how its samples are written and what the card says; it may change on the way, and must be options that there are', async () => {
    const model = { ...recipe.model, visibility: { blockCausal: 8 } };
    const change = { objective: 'block-diffusion', model, tokenizer: path('whole', 'model'), steps: 2, decaySteps: 0, sample: { every: 2 } };
    const sampling = { temperature: 1.5, policy: 'sequential-threshold=0' };
    const texts = async (name: string, sampled: object): Promise<readonly unknown[]> =>
      jsonLines((await run(await write(`${name}.json`, { ...change, ...sampled }), name, '--json')).output).filter(({ type }) => type === 'sample').map(({ text }) => text);
    const [usual, sampled] = [await texts('usual', {}), await texts('sampled', { sampling })];
    expect([usual.length, sampled.length]).toEqual([1, 1]);
    expect(sampled).not.toEqual(usual);
    expect(JSON.parse(await readFile(path('sampled', 'model', 'card.json'), 'utf8'))).toMatchObject({ sampling });
    const usage = jsonLines((await palimpsest(['generate', path('sampled', 'model'), '--tokens', '15', '--json'])).output).find(({ type }) => type === 'finish');
    expect(usage).toMatchObject({ usage: { forwardPasses: 3 } });
    const canvas = { objective: 'masked-diffusion', model: { ...recipe.model, visibility: 'bidirectional' }, sampling: { blockLength: 32 } };
    const inBlocks = await run(await write('canvas.json', { ...change, ...canvas }), 'canvas', '--json'); // 199 cells behind the begin token are no whole blocks
    expect([inBlocks.code, jsonLines(inBlocks.output).some(({ type }) => type === 'sample')]).toEqual([0, true]);
    expect((await run(await write('sampled.json', { ...change, sampling: { temperature: 1 } }), 'sampled')).code).toBe(0);
    expect(await run(await write('sampled.json', { ...change, sampling: { policy: 'best' } }), 'unknown')).toMatchObject({ code: 2, errors: expect.stringMatching(/^--policy: expected one of .*got "best"/) });
  });

  // where somebody has trained it here, there is nothing to be hinted at
  test.skipIf(existsSync(join('runs', 'storybook-mdlm-longer')))('where a run of ours should have left its start, the hint is how to make it', async () => {
    const file = await write('after.json', { start: 'runs/storybook-mdlm-longer/model' });
    expect(await run(file, 'after')).toMatchObject({ code: 2, errors: 'start: expected the folder runs/storybook-mdlm-longer/model; got none. "palimpsest train storybook-mdlm-longer" leaves it there.\n' });
    const other = await write('other.json', { start: 'runs/nobody/model' });
    expect(await run(other, 'other')).toMatchObject({ code: 2, errors: expect.stringMatching(/^model: expected one of .*got "runs\/nobody\/model"/) });
  });

  test('a text file is learned from whole, or document by document', async () => {
    await writeFile(path('stories.txt'), textOf(5000));
    const file = await write('text.json', { steps: 2, decaySteps: 0, sample: undefined });
    expect((await run(file, 'stretches', '--text', path('stories.txt'))).code).toBe(0);
    const [model] = await listModels(path('stretches'));
    expect(model).toMatchObject({ title: 'Small, of another text', description: `Trained by the recipe text on ${path('stories.txt')}.` });
    const apart = await write('apart.json', { data: { text: path('stories.txt'), separator: '\n\n' }, steps: 2, decaySteps: 0 });
    expect((await run(apart, 'documents')).code).toBe(0);
    expect(JSON.parse(await readFile(path('documents', 'model', 'card.json'), 'utf8'))).toMatchObject({ data: expect.stringMatching(/^stories\.txt, \d\d documents for training and \d held out$/) });
  });
});

describe('bad input is told in one sentence and ends with 2', () => {
  test('a folder in which something else was trained, by recipe or by text', async () => {
    const other = await write('other.json', { seed: 2 });
    expect(await run(other, 'whole')).toMatchObject({ code: 2, errors: expect.stringContaining('expected a folder of this recipe; got one in which another was trained. Give another --out') });
    await writeFile(path('changing.txt'), textOf(9000));
    const file = await write('changing.json', { data: { text: path('changing.txt') }, steps: 1, warmupSteps: 0, decaySteps: 0 });
    expect((await run(file, 'changing')).code).toBe(0);
    await writeFile(path('changing.txt'), textOf(9001));
    expect(await run(file, 'changing')).toMatchObject({ code: 2, errors: expect.stringMatching(/expected a state of this run; got .* of another run/) });
  });

  test.each([
    [['small.jsn'], /^RECIPE: expected one of quick, .*; got "small\.jsn"/],
    [[], /^palimpsest train: expected a RECIPE, or --text with a file; got neither/],
    [['--text', 'nowhere.txt'], /^nowhere\.txt: expected a text file; got ENOENT/],
    [['--threads', '0'], /^--threads: expected a whole number of at least 1; got "0"/],
  ])('%j', async (words, sentence) => {
    const { code, output, errors } = await palimpsest(['train', ...words]);
    expect([code, output]).toEqual([2, '']);
    expect(errors).toMatch(sentence);
  });

  test('a text that is too short for a row, and sizes that do not go together', async () => {
    await writeFile(path('short.txt'), 'A fox. '.repeat(60));
    expect((await run(path('small.json'), 'short', '--text', path('short.txt'))).errors).toMatch(/expected (documents on both sides|at least 199 tokens); got/);
    const odd = await write('odd.json', { model: { ...recipe.model, heads: 3, keyHeads: 2 } });
    const { code, errors } = await run(odd, 'odd');
    expect(code).toBe(2);
    expect(errors).toMatch(/head/i);
  });
});
