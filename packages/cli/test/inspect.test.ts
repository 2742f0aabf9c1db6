import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jsonLines, palimpsest } from './command.js';
import { removeFolder, temporaryFolder, writeTinyModels, writeTinyTtt } from './tiny-models.js';

let folder = '';
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await temporaryFolder();
  await writeTinyModels(folder);
  await writeTinyTtt(folder);
  await writeFile(at('text.txt'), 'Once upon a time there was a small fox. '.repeat(30));
});
afterAll(() => removeFolder(folder));

test('a line to each layer that learns', async () => {
  const { code, output } = await palimpsest(['inspect', at('tiny-ttt'), '--inner-loss', at('text.txt'), '--length', '60']);
  const lines = output.trimEnd().split('\n');
  expect(code).toBe(0);
  expect(lines[0]).toBe('60 tokens, 8 mini-batches; inner losses are means over the heads');
  expect(lines.slice(3).map((line) => line.split(/ {2,}/)[0])).toEqual(['0.seq_modeling_block', '1.seq_modeling_block']);
  for (const line of lines.slice(3)) expect(line).toMatch(/ +\d+\.\d{3} +\d+\.\d{3} +\d+\.\d{3} {2}[▁▂▃▄▅▆▇█]{8}$/);
});

test('as JSON, every mini-batch: on a text that repeats itself the loss falls, by each step and along the text', async () => {
  const { output } = await palimpsest(['inspect', at('tiny-ttt'), '--inner-loss', at('text.txt'), '--json']);
  const told = jsonLines(output) as unknown as readonly { readonly type: string; readonly layer: string; readonly miniBatch: number; readonly lossBefore: number; readonly lossAfter: number; readonly moved: number }[];
  expect(new Set(told.map(({ type, layer }) => `${type} ${layer}`)).size).toBe(2);
  const first = told.filter(({ layer }) => layer === told[0]!.layer);
  expect(first.map(({ miniBatch }) => miniBatch)).toEqual(first.map((_, i) => i));
  expect(first.filter(({ lossBefore, lossAfter }) => lossAfter < lossBefore).length).toBeGreaterThan(0.9 * first.length);
  expect(first.at(-1)!.lossBefore).toBeLessThan(first[0]!.lossBefore);
  expect(first.at(-1)!.moved).toBeGreaterThan(first[0]!.moved);
});

test.each<[string, () => readonly string[], RegExp]>([
  ['nothing to look at', () => [at('tiny-ttt')], /^palimpsest inspect: expected what to look at; got nothing\. Give a text: --inner-loss FILE/],
  ['a model without such layers', () => [at('tiny-ar'), '--inner-loss', at('text.txt')], /^observe: expected layers that tell of their inside; got none\./],
  ['a text that is not there', () => [at('tiny-ttt'), '--inner-loss', at('none.txt')], /^--inner-loss: expected a text file; got .*none\.txt/],
  ['more than the context holds', () => [at('tiny-ttt'), '--inner-loss', at('text.txt'), '--length', '500'], /^observe: expected 1 to 400 tokens; got 500\./],
])('%s is refused', async (_, words, message) => {
  const { code, errors } = await palimpsest(['inspect', ...words()]);
  expect(errors).toMatch(message);
  expect(code).toBe(2);
});
