import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { storybook } from '@palimpsest/datasets';
import { leftToRight, nelbo, perplexity, scoreStories } from '@palimpsest/evaluation';
import { openModel } from '@palimpsest/models';
import { liveSessions, liveWorkers } from '@palimpsest/runtime';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { jsonLines, palimpsest, palimpsestOnScreen } from './command.js';
import { removeFolder, temporaryFolder, writeTinyModels } from './tiny-models.js';

let folder = '';
const model = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await temporaryFolder();
  await writeTinyModels(folder);
});
afterAll(() => removeFolder(folder));
afterEach(() => {
  expect([liveSessions(), liveWorkers()]).toEqual([0, 0]);
});

const few = ['--samples', '4', '--texts', '3', '--length', '20'] as const;

test('autoregressive: the likelihood of held-out stories is exact, and samples are scored by the checker', async () => {
  const { code, output, errors } = await palimpsest(['evaluate', model('tiny-ar'), ...few, '--json']);
  expect([code, errors]).toEqual([0, '']);
  const [heldOut, samples, ...rest] = jsonLines(output);
  expect(rest).toEqual([]);

  await using opened = await openModel(model('tiny-ar'), { thread: 'own' });
  // no story fits into 21 tokens: of 16 that are tried the last is cut
  const texts = [15, 31, 47].map((index) => ({ tokens: Int32Array.of(0, ...opened.tokenizer.encode(storybook(2 ** 31 + index).text)).subarray(0, 21) }));
  const direct = await perplexity({ backbone: opened.backbone, texts });
  expect(heldOut).toMatchObject({ type: 'held-out', model: 'tiny-ar', way: 'autoregressive', kind: 'exact', texts: 3, tokens: 60, standardError: 0 });
  expect(heldOut!['natsPerToken']).toBeCloseTo(direct.natsPerToken, 5);

  const written = await Promise.all([0, 1, 2, 3].map(async (seed) => {
    const { output: lines } = await palimpsest(['generate', model('tiny-ar'), '--tokens', '20', '--seed', String(seed), '--json']);
    return String(jsonLines(lines).at(-1)!['text']).trim();
  }));
  expect(samples).toMatchObject({ type: 'samples', samples: 4, checker: { texts: 4, score: scoreStories(written).score }, example: written[0], cost: { texts: 3, forwardPassesPerToken: 1 } });
  expect(samples!['passesPerToken']).toBe(1);
});

test('diffusion: a bound with its error, and one row to a number of forward passes', async () => {
  const { output } = await palimpsest(['evaluate', model('tiny-mdlm'), ...few, '--json']);
  const [heldOut, ...settings] = jsonLines(output);
  expect(heldOut).toMatchObject({ kind: 'upper-bound', texts: 3, tokens: 60 });
  expect(heldOut!['standardError']).toBeGreaterThan(0);
  expect(settings.map(({ steps }) => steps)).toEqual([20, 10, 5, 3]);
  const readable = await palimpsest(['evaluate', model('tiny-mdlm'), ...few, '--steps', '20,4']);
  expect(readable.output).toMatch(/^tiny-mdlm \(masked-diffusion\)\n\nheld out: at most \d\.\d{4} nats per token, perplexity at most \d+ \(an upper bound, ± \d\.\d{4} from the draws\); 3 texts, 60 tokens\n/);
  const rows = readable.output.split('\n').filter((line) => /±.*%/.test(line)).map((line) => Number(line.trim().split(/ {2,}/)[0]));
  expect(rows[0]).toBeGreaterThan(3 * rows[1]!);
});

test('block diffusion: a bound over whole blocks, and one row to a number of forward passes', async () => {
  const { output } = await palimpsest(['evaluate', model('tiny-bd'), ...few, '--json']);
  const [heldOut, ...settings] = jsonLines(output);
  expect(heldOut).toMatchObject({ way: 'block-diffusion', kind: 'upper-bound', texts: 3, tokens: 60 });
  await using opened = await openModel(model('tiny-bd'), { thread: 'own' });
  const texts = [15, 31, 47].map((index) => ({ tokens: Int32Array.of(0, ...opened.tokenizer.encode(storybook(2 ** 31 + index).text)).subarray(0, 21) }));
  const direct = await nelbo({ backbone: opened.backbone, texts, draws: 32, seed: 0 }); // no story ends within 21 tokens
  expect(heldOut!['natsPerToken']).toBeCloseTo(direct.natsPerToken, 5);
  expect(settings.map(({ steps }) => steps)).toEqual([20, 10, 5, 3]);
  const passes = settings.map(({ passesPerToken }) => passesPerToken as number);
  expect(passes[0]).toBeGreaterThan(2 * passes[3]!);
});

test.each([['tiny-bd', 'block-diffusion'], ['tiny-mdlm', 'masked-diffusion']])('%s written from the left: an exact likelihood beside the bound', async (name, way) => {
  const given = ['evaluate', model(name), ...few, '--steps', '2', '--left-to-right'];
  const [bound, ordered] = jsonLines((await palimpsest([...given, '--json'])).output);
  await using opened = await openModel(model(name), { thread: 'own' });
  const texts = [15, 31, 47].map((index) => ({ tokens: Int32Array.of(0, ...opened.tokenizer.encode(storybook(2 ** 31 + index).text)).subarray(0, 21) }));
  const direct = await leftToRight({ backbone: opened.backbone, texts });
  expect(ordered).toMatchObject({ type: 'left-to-right', model: name, way, kind: 'exact', tokens: 60 });
  expect(ordered!['natsPerToken']).toBeCloseTo(direct.natsPerToken, 5);
  expect(ordered!['natsPerToken']).not.toBeCloseTo(Number(bound!['natsPerToken']), 5);
  expect((await palimpsest(given)).output).toMatch(/\nwritten from the left, one token to a pass: \d\.\d{4} nats per token, perplexity \d+ \(exact\)\n/);
});

test('a policy that writes what is sure is measured once, however many passes are planned, and says so', async () => {
  const sure = ['--policy', 'confidence-threshold=0.5'] as const;
  const once = await palimpsest(['evaluate', model('tiny-bd'), ...few, ...sure, '--json']);
  expect([once.errors, jsonLines(once.output).map(({ type }) => type)]).toEqual(['', ['held-out', 'samples']]);
  const asked = await palimpsest(['evaluate', model('tiny-bd'), ...few, ...sure, '--steps', '20,5', '--json']);
  const untimed = ({ output }: { readonly output: string }) => jsonLines(output).map(({ cost: _, ...what }) => what);
  expect(untimed(asked)).toEqual(untimed(once));
  expect(asked.errors).toContain('tiny-bd: --steps changes nothing, confidence-threshold(0.5) writes as many tokens to a pass as it likes');
  const planned = await palimpsest(['generate', model('tiny-mdlm'), '--steps', '5', '--seed', '1', '--json']);
  const idle = await palimpsest(['generate', model('tiny-mdlm'), '--steps', '5', '--seed', '1', '--json', ...sure]);
  expect([planned.errors, idle.errors.includes('--steps changes nothing')]).toEqual(['', true]);
});

test('from the left is no question to an autoregressive model', async () => {
  const { code, errors } = await palimpsest(['evaluate', model('tiny-ar'), ...few, '--left-to-right']);
  expect([code, errors]).toEqual([2, expect.stringContaining('--left-to-right: expected a diffusion model; got tiny-ar, which is autoregressive. What it says of texts is said from the left already.')]);
});

test('a text of ours is held out from a file, without the checker', async () => {
  await writeFile(join(folder, 'stories.txt'), Array.from({ length: 60 }, (_, index) => storybook(9000 + index).text).join('\n'));
  const { output } = await palimpsest(['evaluate', model('tiny-ar'), ...few, '--text', join(folder, 'stories.txt'), '--json']);
  const [heldOut, samples] = jsonLines(output);
  expect(heldOut).toMatchObject({ texts: 3, tokens: 60 });
  expect(samples).not.toHaveProperty('checker');
});

test('results go into the card when asked, and the model stays the model', async () => {
  const weights = (): Promise<Buffer> => readFile(join(folder, 'tiny-mdlm', 'model.safetensors'));
  const before = await weights();
  const { output } = await palimpsest(['evaluate', model('tiny-mdlm'), ...few, '--steps', '20,5', '--save', '--json']);
  const [heldOut] = jsonLines(output);
  const card = JSON.parse(await readFile(join(folder, 'tiny-mdlm', 'card.json'), 'utf8')) as Record<string, unknown>;
  expect(card).toMatchObject({ title: 'tiny-mdlm', heldOutNatsPerToken: expect.closeTo(Number(heldOut!['natsPerToken']), 3) });
  expect((card['checkerScoreByPassesPerToken'] as unknown[]).length).toBe(2);
  expect(await weights()).toEqual(before);
  expect((await palimpsest(['generate', model('tiny-mdlm'), '--tokens', '4'])).code).toBe(0);
});

test('a curve stays in the card beside the score that it was measured with, and no other', async () => {
  const path = join(folder, 'tiny-bd', 'card.json');
  const card = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  const curve = [{ at: 1, score: 0.5 }, { at: 0.5, score: 0.25 }];
  const saved = async (checkerScore: number): Promise<unknown> => {
    await writeFile(path, JSON.stringify({ ...card, checkerScore, checkerScoreByPassesPerToken: curve }));
    expect((await palimpsest(['evaluate', model('tiny-bd'), ...few, '--steps', '20', '--save'])).code).toBe(0);
    return (JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>)['checkerScoreByPassesPerToken'];
  };
  expect([await saved(0), await saved(0.5)]).toEqual([curve, undefined]); // a model of noise scores 0
});

test('what a card says of sampling is left to the card when results go into it', async () => {
  const before = await readFile(join(folder, 'tiny-mdlm', 'card.json'), 'utf8');
  const { code, output, errors } = await palimpsest(['evaluate', model('tiny-mdlm'), ...few, '--block', '10', '--save']);
  expect([code, output]).toEqual([2, '']);
  expect(errors).toContain("--save: expected the sampling of the model's card, so that its scores are of what it says; got --block.");
  for (const options of [['--sub-block', '5'], ['--edit', '0.9'], ['--draft']]) {
    expect((await palimpsest(['evaluate', model('tiny-mdlm'), ...few, ...options, '--save'])).errors).toContain(`so that its scores are of what it says; got ${options[0]}.`);
  }
  expect(await readFile(join(folder, 'tiny-mdlm', 'card.json'), 'utf8')).toBe(before);
});

test('on a terminal it says how far it is, and leaves only the results', async () => {
  const { code, screen, frames } = await palimpsestOnScreen(['evaluate', model('tiny-ar'), ...few], 200, 40);
  expect(code).toBe(0);
  const said = frames.map((frame) => frame.join('\n')).join('\n');
  expect(said).toMatch(/held-out texts \d of 3, .* left/);
  expect(said).toMatch(/setting 1 of 1: samples \d of 4, .* left/);
  expect(screen.lines().join('\n')).not.toContain(' left');
});

test.each([
  [['tiny-ar', '--steps', '4'], /--steps: expected an option of autoregressive/],
  [['tiny-mdlm', '--steps', '4,x'], /--steps: expected whole numbers of at least 1 with commas between, as in 128,32; got "4,x"/],
  [['tiny-mdlm', '--length', '45'], /^--length: expected fewer than the 45 tokens of the model's context; got 45/],
  [['tiny-mdlm', '--text', 'nowhere.txt'], /nowhere\.txt: expected a text file/],
  [['tiny-blocks'], /expected a model for/],
])('bad input: %j', async ([name = '', ...options], sentence) => {
  const { code, output, errors } = await palimpsest(['evaluate', model(name), ...options]);
  expect([code, output]).toEqual([2, '']);
  expect(errors).toMatch(sentence);
});

test('interrupted it ends with 130', async () => {
  const stop = new AbortController();
  const { code } = await palimpsest(['evaluate', model('tiny-mdlm'), ...few, '--json'], { signal: stop.signal, output: { write: () => stop.abort(new Error('enough')) } });
  expect(code).toBe(130);
});
