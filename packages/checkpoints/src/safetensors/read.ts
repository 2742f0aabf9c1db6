import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { PalimpsestError } from '@palimpsest/backbone';
import { headerLength, parseHeader } from './format.js';
import type { SafetensorsHeader, TensorEntry } from './format.js';
import { toFloat32 } from './numbers.js';
import type { TensorToWrite } from './write.js';

async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw new PalimpsestError({ where: path, expected: 'a safetensors file', got: cause instanceof Error ? cause.message : String(cause), cause });
  });
  return use(file).finally(() => file.close());
}

async function bytesAt(file: FileHandle, path: string, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const buffer = new Uint8Array(length);
  let filled = 0;
  while (filled < length) { // one call reads at most 2 GiB
    const { bytesRead } = await file.read(buffer, filled, length - filled, offset + filled);
    if (bytesRead === 0) throw new PalimpsestError({ where: path, expected: `${length} bytes at ${offset}`, got: `${filled}`, hint: 'The file was cut off.' });
    filled += bytesRead;
  }
  return buffer;
}

/** Names, shapes and byte ranges of a file's tensors. @throws PalimpsestError when the file is missing, cut off or malformed. */
export async function readHeader(path: string): Promise<SafetensorsHeader> {
  return withFile(path, async (file) => {
    const stats = await file.stat();
    if (!stats.isFile()) throw new PalimpsestError({ where: path, expected: 'a safetensors file', got: 'a folder' });
    const start = await bytesAt(file, path, 0, Math.min(8, stats.size));
    return parseHeader(path, await bytesAt(file, path, 0, 8 + headerLength(path, start, stats.size)), stats.size);
  });
}

/** One tensor's numbers, widened to float32. @throws PalimpsestError for integer types. */
export async function readTensor(path: string, { type, offset, bytes }: Pick<TensorEntry, 'type' | 'offset' | 'bytes'>): Promise<Float32Array> {
  return toFloat32(path, type, await withFile(path, (file) => bytesAt(file, path, offset, bytes)));
}

/** Every tensor of a file in float32, by name. @throws PalimpsestError as `readHeader` and `readTensor`. */
export async function readTensors(path: string): Promise<Map<string, TensorToWrite>> {
  const { tensors } = await readHeader(path);
  const result = new Map<string, TensorToWrite>();
  for (const entry of tensors.values()) result.set(entry.name, { shape: entry.shape, data: await readTensor(path, entry) });
  return result;
}
