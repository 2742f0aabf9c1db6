import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PalimpsestError } from '@palimpsest/backbone';
import { fromFloat32 } from './numbers.js';
import type { FloatType } from './numbers.js';

export interface TensorToWrite {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Writes bytes so that the path holds the old file or the whole new one, whatever happens in between. */
export async function writeFileAtomically(path: string, chunks: Iterable<Uint8Array | string>): Promise<void> {
  const temporary = `${path}.partial`;
  const file = await open(temporary, 'w');
  try {
    try {
      for (const chunk of chunks) await file.writeFile(chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Makes what was renamed in a folder survive a loss of power. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  await folder.sync().finally(() => folder.close());
}

/**
 * Stores tensors in one safetensors file, in the order given, atomically. Data starts at a multiple of 8 bytes.
 * @throws PalimpsestError when a shape does not fit its numbers.
 */
export async function writeTensors(
  path: string, tensors: ReadonlyMap<string, TensorToWrite>, { type = 'F32', metadata }: { readonly type?: FloatType; readonly metadata?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  const entries: [string, unknown][] = metadata === undefined ? [] : [['__metadata__', metadata]];
  const chunks: Uint8Array[] = [];
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    const count = shape.reduce((product, size) => product * size, 1);
    if (count !== data.length) throw new PalimpsestError({ where: `writeTensors: ${name}`, expected: `${count} numbers for [${shape.join(', ')}]`, got: `${data.length}` });
    const bytes = fromFloat32(type, data);
    entries.push([name, { dtype: type, shape, data_offsets: [offset, (offset += bytes.length)] }]);
    chunks.push(bytes);
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const padded = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(0x20); // the format allows trailing spaces
  padded.set(json);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(padded.length), true);
  await writeFileAtomically(path, [length, padded, ...chunks]);
}
