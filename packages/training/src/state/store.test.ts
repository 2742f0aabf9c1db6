import { mkdir, mkdtemp, open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { TrainingTensors } from './state.js';
import { loadState, saveState } from './store.js';

const identity = 'run a';
const tensorsAt = (step: number): TrainingTensors => new Map([
  ['model.norm.weight', { shape: [3], data: Float32Array.of(step, Math.fround(1 / 3), -0) }],
  ['adam.first:model.norm.weight', { shape: [2, 2], data: Float32Array.of(step * 1e-30, 2, 3, 4) }],
]);
const record = (step: number): { step: number; tokensSeen: number; seconds: number; identity: string } => ({ step, tokensSeen: step * 640, seconds: step / 7, identity });

async function folderWith(steps: readonly number[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'palimpsest-state-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const step of steps) await saveState(folder, record(step), tensorsAt(step));
  return folder;
}

const tensorsOf = (folder: string, step: number): string => join(folder, `step-${String(step).padStart(8, '0')}`, 'tensors.safetensors');

async function overwrite(path: string, offset: number, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'r+');
  await file.write(bytes, 0, bytes.length, offset).finally(() => file.close());
}

describe('a saved state', () => {
  test('is read as it was written, bit for bit', async () => {
    const folder = await folderWith([5]);
    const { tensors, ...rest } = (await loadState(folder, identity))!;
    expect(rest).toEqual(record(5));
    expect([...tensors.keys()]).toEqual([...tensorsAt(5).keys()]);
    for (const [name, { shape, data }] of tensorsAt(5)) {
      expect(tensors.get(name)!.shape).toEqual(shape);
      expect(Buffer.from(tensors.get(name)!.data.buffer).equals(Buffer.from(data.buffer))).toBe(true);
    }
  });

  test('is the latest of two that are kept', async () => {
    const folder = await folderWith([9, 10, 100]);
    expect((await readdir(folder)).sort()).toEqual(['step-00000010', 'step-00000100']);
    expect((await loadState(folder, identity))!.step).toBe(100);
  });

  test('may be saved again, and is absent from an empty folder and from none', async () => {
    const folder = await folderWith([4, 4]);
    expect((await loadState(folder, identity))!.step).toBe(4);
    expect(await loadState(await folderWith([]), identity)).toBeUndefined();
    expect(await loadState(join(folder, 'nowhere'), identity)).toBeUndefined();
  });
});

/** What a crash or a bad disk can make of the latest state. */
const damages: readonly (readonly [string, (folder: string) => Promise<void>])[] = [
  ['tensors cut off', (folder) => truncate(tensorsOf(folder, 6), 100)],
  ['tensors of the right length with a page of zeros', (folder) => overwrite(tensorsOf(folder, 6), 240, new Uint8Array(8))],
  ['tensors missing', (folder) => rm(tensorsOf(folder, 6))],
  ['a record cut off', (folder) => truncate(join(folder, 'step-00000006', 'state.json'), 20)],
  ['an empty record', (folder) => truncate(join(folder, 'step-00000006', 'state.json'), 0)],
  ['no record', (folder) => rm(join(folder, 'step-00000006', 'state.json'))],
];

describe('a damaged latest state', () => {
  test.each(damages)('falls back to the one before: %s', async (_, damage) => {
    const folder = await folderWith([3, 6]);
    const sizeBefore = (await readFile(tensorsOf(folder, 6))).length;
    await damage(folder);
    const saved = (await loadState(folder, identity))!;
    expect(saved.step).toBe(3);
    expect([...saved.tensors.get('model.norm.weight')!.data]).toEqual([...tensorsAt(3).get('model.norm.weight')!.data]);
    await saveState(folder, record(6), tensorsAt(6));
    expect((await loadState(folder, identity))!.step).toBe(6);
    expect((await readFile(tensorsOf(folder, 6))).length).toBe(sizeBefore);
  });

  test('is an error where there is no other, not a new beginning', async () => {
    const folder = await folderWith([6]);
    await truncate(tensorsOf(folder, 6), 100);
    await expect(loadState(folder, identity)).rejects.toThrow(/expected a state of this run; got step-00000006: .*SHA-256.*remove this one to start again\./);
  });
});

test('what a killed save left is passed over, and swept away by the next', async () => {
  const folder = await folderWith([3]);
  const partial = join(folder, 'step-00000006.partial');
  await mkdir(partial);
  await writeFile(join(partial, 'tensors.safetensors.partial'), 'torn');
  expect((await loadState(folder, identity))!.step).toBe(3);
  await saveState(folder, record(9), tensorsAt(9));
  expect((await readdir(folder)).sort()).toEqual(['step-00000003', 'step-00000009']);
});

test('a state of another run is refused, whether it is damaged before it or not', async () => {
  const folder = await folderWith([3, 6]);
  await expect(loadState(folder, 'run b')).rejects.toThrow(`${folder}: expected a state of this run; got step-00000006 of another run.`);
  await truncate(tensorsOf(folder, 6), 100);
  await expect(loadState(folder, 'run b')).rejects.toThrow('step-00000003 of another run');
});
