import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listModels } from '@palimpsest/models';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jsonLines, palimpsest } from './command.js';
import { removeFolder, temporaryFolder, writeTinyModels } from './tiny-models.js';

let folder = '';
beforeAll(async () => {
  folder = await temporaryFolder();
  await writeTinyModels(folder);
});
afterAll(() => removeFolder(folder));

test('a table tells what each model is, how it generates and how large it is', async () => {
  const { code, output } = await palimpsest(['models', folder]);
  const [titles, ...rows] = output.trimEnd().split('\n').map((line) => line.split(/ {2,}/));
  expect(code).toBe(0);
  expect(titles).toEqual(['model', 'generates by', 'parameters', 'context', 'score', 'size']);
  const parameters = (await listModels(folder))[0]!.parameters.toLocaleString('en-US');
  expect(rows.map((row) => row.slice(0, 5))).toEqual([
    ['tiny-ar', 'autoregressive', parameters, '45', '0.125'],
    ['tiny-bd', 'block-diffusion', parameters, '45', '0.125'],
    ['tiny-blocks', 'nothing here', parameters, '45', '0.125'],
    ['tiny-mdlm', 'masked-diffusion', parameters, '45', '0.125'],
  ]);
  expect(rows[0]![5]).toMatch(/^1[78]\.?\d* kB$/);
});

test('as JSON: one model per line', async () => {
  const { output } = await palimpsest(['models', folder, '--json']);
  expect(jsonLines(output)[3]).toMatchObject({ name: 'tiny-mdlm', visibility: 'bidirectional', ways: ['masked-diffusion'], maximumLength: 45, checkerScore: 0.125 });
});

test('a folder without models says what to do; one that is not there, and a damaged model, say where', async () => {
  const empty = join(folder, 'empty');
  await mkdir(empty);
  expect((await palimpsest(['models', empty])).output).toBe('There are no models here. Train one: palimpsest train quick\n');
  expect(await palimpsest(['models', join(folder, 'nowhere')])).toMatchObject({ code: 2, output: '', errors: expect.stringMatching(/^models: expected a folder of models; got .*nowhere/) });
  await mkdir(join(empty, 'broken'));
  await writeFile(join(empty, 'broken', 'card.json'), '{');
  expect(await palimpsest(['models', empty])).toMatchObject({ code: 2, errors: expect.stringContaining('broken') });
});
