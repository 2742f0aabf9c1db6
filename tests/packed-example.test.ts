import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyExample, linkTools, packAll, unpackInto } from '../scripts/packed.mjs';
import { root } from '../scripts/workspace.mjs';

let temporary = '';
beforeAll(async () => {
  temporary = await realpath(await mkdtemp(join(tmpdir(), 'palimpsest-packed-')));
});
afterAll(() => rm(temporary, { recursive: true, force: true }));

const runNode = (folder: string, ...words: readonly string[]): { readonly status: number | null; readonly output: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { cwd: folder, encoding: 'utf8' });
  return { status, output: stdout + stderr };
};

// packed is what was built: `npm test` builds before it
test.skipIf(!existsSync(join(root, 'packages/backbone/dist')))("a stranger's layer, installed beside the packed packages: it compiles, trains and writes in three ways", { timeout: 180_000 }, () => {
  const project = join(temporary, 'gated-delta');
  const tarballs = packAll(join(temporary, 'tarballs'));
  copyExample(project, tarballs);
  unpackInto(project, tarballs);
  linkTools(project, ['typescript', '@types/node']);
  expect(runNode(project, 'node_modules/typescript/bin/tsc')).toEqual({ status: 0, output: '' });
  const { status, output } = runNode(project, 'dist/main.js', '2');
  expect([status, output]).toEqual([0, expect.stringMatching(/^autoregressive: loss from [78]\.\d\d to \d\.\d\d in 2 steps; it writes:\n[^]*\nmasked diffusion: loss from [^]*\nblock diffusion: loss from /)]);
  expect(runNode(project, '--input-type=module', '--eval', "console.log(import.meta.resolve('@palimpsest/layers'))").output).toContain('gated-delta/node_modules/@palimpsest/layers/dist/');
});
