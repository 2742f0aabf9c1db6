import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** A model made by `tools/oracle`, with what PyTorch says of it. */
export const fixture = (name: string): string => fileURLToPath(new URL(`../../../tools/oracle/fixtures/${name}`, import.meta.url));

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'palimpsest-checkpoints-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** Config and weights only. */
export async function copyOf(name: string): Promise<string> {
  const folder = await temporaryFolder();
  for (const file of ['config.json', 'model.safetensors']) await cp(join(fixture(name), file), join(folder, file));
  return folder;
}

type Json = Readonly<Record<string, unknown>>;

export async function changeJson(path: string, change: (value: Json) => Json): Promise<void> {
  await writeFile(path, JSON.stringify(change(JSON.parse(await readFile(path, 'utf8')) as Json)));
}
