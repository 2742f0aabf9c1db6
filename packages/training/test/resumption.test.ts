import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { randomStream } from '@palimpsest/sampling';
import { expect, test } from 'vitest';
import { temporaryFolder } from './tiny.js';

const script = fileURLToPath(new URL('killed-run.mjs', import.meta.url));

/** When the process is to die: some time after one of its events, or after it began a save. */
interface Death {
  readonly after: 'event' | 'save';
  readonly count: number;
  readonly milliseconds: number;
}

/** Runs the script until it ends or is killed; gives its exit code, null when killed, and its events. */
async function trainInProcess(folder: string, threads: number, death?: Death): Promise<{ readonly code: number | null; readonly lines: readonly string[] }> {
  const child = spawn(process.execPath, [script, folder, String(threads)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  const seen = { event: 0, save: 0 };
  const count = (what: Death['after']): void => {
    seen[what]++;
    if (what === death?.after && seen[what] === death.count) setTimeout(() => child.kill('SIGKILL'), death.milliseconds);
  };
  const begun = new Set<string>(); // a save makes its folder and renames it, which is told twice
  const watcher = watch(folder, (_, name) => {
    if (name === null || !name.endsWith('.partial') || begun.has(name)) return;
    begun.add(name);
    count('save');
  });
  const ended = new Promise<number | null>((resolve) => { child.on('close', (code) => { resolve(code); }); });
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    count('event');
  }
  const code = await ended;
  watcher.close();
  return { code, lines };
}

const finalOf = (folder: string): Promise<Buffer> => readFile(join(folder, 'final.safetensors'));

test.each([1, 2])('a run that is killed again and again gives the same weights, bit for bit, with %i threads', async (threads) => {
  const [whole, broken] = [await temporaryFolder(), await temporaryFolder()];
  const uninterrupted = trainInProcess(whole, threads);
  const random = randomStream(7, threads);
  const deaths: readonly Death[] = (['save', 'event', 'save', 'event'] as const).map((after) =>
    ({ after, count: after === 'event' ? 2 + random.integer(7) : 1 + random.integer(3), milliseconds: (after === 'event' ? 12 : 3) * random.uniform() }));
  let torn = 0;
  for (const death of deaths) {
    const { code } = await trainInProcess(broken, threads, death);
    expect(code).toBeNull();
    torn += Number((await readdir(broken)).some((name) => name.endsWith('.partial')));
  }
  expect(torn).toBeGreaterThan(0);
  const last = await trainInProcess(broken, threads);
  expect(last.lines[0]).toMatch(/^start [1-9]\d*$/);
  expect([last.code, (await uninterrupted).code]).toEqual([0, 0]);
  expect((await finalOf(broken)).equals(await finalOf(whole))).toBe(true);
}, 120_000);
