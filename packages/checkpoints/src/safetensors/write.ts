import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fromFloat32 } from './numbers.js';
import type { FloatType } from './numbers.js';

export interface TensorToWrite {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Writes bytes so that the path holds the old file or the whole new one, whatever happens in between. */
export async function writeFileAtomically(path: string, chunks: readonly (Uint8Array | string)[]): Promise<void> {
  const temporary = `${path}.partial`;
  const file = await open(temporary, 'w');
  try {
    for (const chunk of chunks) await file.writeFile(chunk);
    await file.sync();
  } catch (error) {
    await file.close();
    await rm(temporary, { force: true });
    throw error;
  }
  await file.close();
  await rename(temporary, path);
  const folder = await open(dirname(path), 'r');
  await folder.sync().finally(() => folder.close());
}

/** Stores tensors in one safetensors file, in the order given, atomically. Data starts at a multiple of 8 bytes. */
export async function writeTensors(
  path: string, tensors: ReadonlyMap<string, TensorToWrite>, { type = 'F32', metadata }: { readonly type?: FloatType; readonly metadata?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  const header: Record<string, unknown> = metadata === undefined ? {} : { __metadata__: metadata };
  const chunks: Uint8Array[] = [];
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    const bytes = fromFloat32(type, data);
    header[name] = { dtype: type, shape, data_offsets: [offset, (offset += bytes.length)] };
    chunks.push(bytes);
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(0x20); // the format allows trailing spaces
  padded.set(json);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(padded.length), true);
  await writeFileAtomically(path, [length, padded, ...chunks]);
}
