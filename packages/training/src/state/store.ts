import { mkdir, open, readFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PalimpsestError } from '@palimpsest/backbone';
import { readTensors, writeFileAtomically, writeTensors } from '@palimpsest/checkpoints';
import type { TrainingTensors } from './state.js';

/** What lies beside the tensors of a saved state. */
export interface StateRecord {
  readonly step: number;
  readonly tokensSeen: number;
  readonly seconds: number;
  /** Everything that decides the course of a run; a state of another run is refused. */
  readonly identity: string;
}

export interface SavedState extends StateRecord {
  readonly tensors: TrainingTensors;
}

const folderName = (step: number): string => `step-${String(step).padStart(8, '0')}`;

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}

/** Saves a state beside the earlier ones and drops all but the last two. A state is there whole or not at all. */
export async function saveState(folder: string, record: StateRecord, tensors: TrainingTensors): Promise<void> {
  const final = join(folder, folderName(record.step));
  const partial = `${final}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  await writeTensors(join(partial, 'tensors.safetensors'), tensors);
  await writeFileAtomically(join(partial, 'state.json'), [`${JSON.stringify(record, null, 2)}\n`]);
  await rm(final, { recursive: true, force: true });
  await rename(partial, final);
  await syncFolder(folder);
  const older = (await stateFolders(folder)).slice(2);
  await Promise.all(older.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

/** Finished states, the latest first. */
async function stateFolders(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.filter((name) => /^step-\d{8}$/.test(name)).sort().reverse();
}

/**
 * The latest state that can be read, or undefined in an empty folder. A damaged one is passed over for the one before.
 * @throws PalimpsestError when the states belong to another run, or none of them can be read.
 */
export async function loadState(folder: string, identity: string): Promise<SavedState | undefined> {
  const names = await stateFolders(folder);
  const failures: string[] = [];
  for (const name of names) {
    try {
      const record = JSON.parse(await readFile(join(folder, name, 'state.json'), 'utf8')) as StateRecord; // written by saveState
      const tensors = await readTensors(join(folder, name, 'tensors.safetensors'));
      if (record.identity === identity) return { ...record, tensors };
      failures.push(`${name} of another run`);
      break;
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (failures.length === 0) return undefined;
  throw new PalimpsestError({ where: folder, expected: 'a state of this run', got: failures.join('; '), hint: 'Train into another folder, or remove this one to start again.' });
}
