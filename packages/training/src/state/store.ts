import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PalimpsestError } from '@palimpsest/backbone';
import { readTensors, syncFolder, writeFileAtomically, writeTensors } from '@palimpsest/checkpoints';
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

interface StoredRecord extends StateRecord {
  /** Of the tensors' file, hexadecimal: the length of a torn file can be right. */
  readonly sha256: string;
}

const kept = 2; // the latest, and the one before in case that cannot be read
const tensorsFile = 'tensors.safetensors';
const recordFile = 'state.json';
const folderName = (step: number): string => `step-${String(step).padStart(8, '0')}`;

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array); // no encoding is set, so chunks are bytes
  return hash.digest('hex');
}

async function namesIn(folder: string, pattern: RegExp): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.filter((name) => pattern.test(name)).sort().reverse();
}

/** Finished states, the latest first. */
const stateFolders = (folder: string): Promise<readonly string[]> => namesIn(folder, /^step-\d{8}$/);

/** Saves a state beside the earlier ones and drops all but the last two. A state is there whole or not at all. */
export async function saveState(folder: string, record: StateRecord, tensors: TrainingTensors): Promise<void> {
  const final = join(folder, folderName(record.step));
  const partial = `${final}.partial`;
  const torn = await namesIn(folder, /\.partial$/);
  await Promise.all(torn.map((name) => rm(join(folder, name), { recursive: true, force: true })));
  await mkdir(partial, { recursive: true });
  await writeTensors(join(partial, tensorsFile), tensors);
  const stored: StoredRecord = { ...record, sha256: await sha256(join(partial, tensorsFile)) };
  await writeFileAtomically(join(partial, recordFile), [`${JSON.stringify(stored, null, 2)}\n`]);
  await rm(final, { recursive: true, force: true });
  await rename(partial, final);
  await syncFolder(folder);
  const older = (await stateFolders(folder)).slice(kept);
  await Promise.all(older.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

/** @throws PalimpsestError when the record or the tensors are not as they were written. */
async function readRecord(folder: string): Promise<StoredRecord> {
  const record = JSON.parse(await readFile(join(folder, recordFile), 'utf8')) as StoredRecord; // written by saveState
  const came = await sha256(join(folder, tensorsFile));
  if (came !== record.sha256) throw new PalimpsestError({ where: join(folder, tensorsFile), expected: `contents of SHA-256 ${record.sha256}`, got: came });
  return record;
}

/**
 * The latest state that can be read, or undefined in an empty folder. A damaged one is passed over for the one before.
 * @throws PalimpsestError when the states belong to another run, or none of them can be read.
 */
export async function loadState(folder: string, identity: string): Promise<SavedState | undefined> {
  const failures: string[] = [];
  for (const name of await stateFolders(folder)) {
    try {
      const { sha256: _, ...record } = await readRecord(join(folder, name));
      if (record.identity === identity) return { ...record, tensors: await readTensors(join(folder, name, tensorsFile)) };
      failures.push(`${name} of another run`);
      break;
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (failures.length === 0) return undefined;
  throw new PalimpsestError({
    where: folder, expected: 'a state of this run', got: failures.join('; '), hint: 'Train into another folder, or remove this one to start again.',
  });
}
