import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readInnerLosses } from '@palimpsest/models';
import { openCheckpoint } from '@palimpsest/checkpoints';
import { loadTokenizer } from '@palimpsest/tokenizer';
import type { Hono } from 'hono';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { InnerLossReport } from '../src/protocol/inner-loss.js';
import { createPlayground } from '../src/server/app.js';
import { modelsIn } from '../src/server/models.js';
import { shelve, type Shelf } from '../src/server/source.js';
import { json } from './playground.js';
import { story, writeTinyTtt } from './tiny-ttt.js';

let folder = '';
let shelf: Shelf;
let app: Hono;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'palimpsest-learning-'));
  await writeTinyTtt(folder);
  shelf = shelve(modelsIn(folder));
  app = createPlayground({ shelf, clock: () => performance.now() });
});
afterAll(async () => {
  await shelf[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const ask = async (body: unknown): Promise<Response> => app.request('/api/inner-losses', { method: 'POST', headers: json, body: JSON.stringify(body) });

test('the list says which models tell', async () => {
  const models = await (await app.request('/api/models')).json();
  expect(Object.fromEntries(models.map(({ name, tellsInnerLosses }: { name: string; tellsInnerLosses: boolean }) => [name, tellsInnerLosses]))).toEqual({ 'tiny-scans': false, 'tiny-ttt': true });
});

test('a text is told as the model reads it: its tokens, and every mini-batch of every layer', async () => {
  const text = story.repeat(2);
  const report: InnerLossReport = await (await ask({ model: 'tiny-ttt', text })).json();
  const [checkpoint, tokenizer] = await Promise.all([openCheckpoint(join(folder, 'tiny-ttt')), loadTokenizer(join(folder, 'tiny-ttt'))]);
  const tokens = Int32Array.of(0, ...tokenizer.encode(text));
  expect(report.texts.join('')).toBe(text);
  expect([report.texts.length, report.texts[0], report.whole]).toEqual([tokens.length, '', tokens.length]);
  expect(report.layers).toEqual(await readInnerLosses(checkpoint, tokens, { threads: 2 }));
  expect(report.layers).toHaveLength(3);
  for (const { tokens: counts, lossBefore, lossAfter, moved } of report.layers) {
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(tokens.length);
    expect(counts.slice(0, -1).every((count) => count === 8)).toBe(true);
    expect(lossBefore.filter((loss, i) => lossAfter[i]! < loss).length).toBeGreaterThan(0.8 * counts.length);
    expect(moved.at(-1)).toBeGreaterThan(moved[0]!);
  }
});

test('of a text longer than the context the beginning is read', async () => {
  const report: InnerLossReport = await (await ask({ model: 'tiny-ttt', text: story.repeat(20) })).json();
  expect(report.texts).toHaveLength(200);
  expect(report.whole).toBeGreaterThan(400);
});

test.each<[string, unknown, string]>([
  ['no text', { model: 'tiny-ttt', text: '' }, 'request.text: expected a text to read; got ""'],
  ['a text too long for the server', { model: 'tiny-ttt', text: 'x'.repeat(8001) }, 'request.text: expected at most 8000 characters; got a text of 8001 characters'],
  ['a model whose layers do not learn', { model: 'tiny-scans', text: 'x' }, 'model: expected one of "tiny-ttt"; got "tiny-scans"'],
  ['an extra field', { model: 'tiny-ttt', text: 'x', seed: 1 }, 'request: expected model and text; got seed'],
])('refuses %s', async (_, body, sentence) => {
  const answer = await ask(body);
  const { where, expected, got } = await answer.json();
  expect([answer.status, `${where}: expected ${expected}; got ${got}`]).toEqual([400, sentence]);
});
