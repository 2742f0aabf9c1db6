import { spawn } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jsonLines } from './command.js';
import { removeFolder, temporaryFolder, writeTinyModels } from './tiny-models.js';

// The built command, as a shell starts it: "npm run build" comes first.
const command = fileURLToPath(new URL('../bin/palimpsest.js', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Runs the command; `watch` sees what it has written so far, and may stop it or stop listening. */
function run(words: readonly string[], watch: (output: string, child: ReturnType<typeof spawn>) => void = () => undefined): Promise<Ended> {
  return new Promise((resolve, reject) => {
    // without this runner's flags and settings: a user has none of them
    const child = spawn(process.execPath, [command, ...words], { env: { PATH: process.env['PATH'] }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', (part: Buffer) => watch(output += part.toString(), child));
    child.stderr.on('data', (part: Buffer) => (errors += part.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output, errors }));
  });
}

let folder = '';
beforeAll(async () => {
  folder = await temporaryFolder();
  await writeTinyModels(folder);
});
afterAll(() => removeFolder(folder));

describe('the built command', () => {
  test('without words it shows help, with --version its version', async () => {
    const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as { readonly version: string };
    expect(await run([])).toMatchObject({ code: 0, errors: '', output: expect.stringMatching(/^Usage: palimpsest [^]*Examples:[^]*palimpsest generate/) });
    expect(await run(['--version'])).toEqual({ code: 0, output: `${version}\n`, errors: '' });
  });

  test('writes a text into a pipe', async () => {
    const { code, output, errors } = await run(['generate', join(folder, 'tiny-ar'), '--prompt', 'Once upon a time', '--tokens', '8', '--seed', '2']);
    expect([code, output.startsWith('Once upon a time')]).toEqual([0, true]);
    expect(errors).toContain('tokens/s');
  });

  test('a reader that has enough ends it without a complaint', async () => {
    const { code, errors } = await run(['generate', join(folder, 'tiny-mdlm'), '--json'], (_, child) => child.stdout!.destroy());
    expect([code, errors]).toEqual([0, '']);
  });

  test('bad input ends with 2 and one sentence', async () => {
    expect(await run(['generat'])).toEqual({ code: 2, output: '', errors: 'palimpsest: expected a command; got generat. Did you mean generate? See palimpsest --help.\n' });
  });

  test('a training that is interrupted is saved, and the next call goes on from there', async () => {
    const recipe = JSON.parse(await readFile(new URL('../../models/recipes/quick.json', import.meta.url), 'utf8')) as Record<string, unknown> & { readonly model: object };
    const model = { ...recipe.model, width: 12, layers: 1, heads: 3, keyHeads: 1, headSize: 4, hidden: 14 };
    await writeFile(join(folder, 'long.json'), JSON.stringify({ ...recipe, model, tokenizer: { vocabularySize: 300, documents: 5 }, steps: 1_000_000, saveEvery: 1_000_000 }));
    const words = ['train', join(folder, 'long.json'), '--out', join(folder, 'long'), '--threads', '1', '--json'];
    const stopAfter = (step: number) => (output: string, child: ReturnType<typeof spawn>): void => {
      if (!child.killed && output.includes(`"step":${step},`)) child.kill('SIGINT'); // twice would end it at once
    };
    const first = await run(words, stopAfter(3));
    const { step, reason } = jsonLines(first.output).at(-1) as { readonly step: number; readonly reason: string };
    expect([first.code, reason]).toEqual([130, 'aborted']);
    expect(await readdir(join(folder, 'long', 'state'))).toEqual([`step-${String(step).padStart(8, '0')}`]);
    const second = await run(words, stopAfter(step + 2));
    expect(second.code).toBe(130);
    expect(jsonLines(second.output)[0]).toMatchObject({ type: 'start', resumed: true, step });
  });
});
