import { open } from 'node:fs/promises';
import { PalimpsestError } from '@palimpsest/backbone';
import { headerLength, parseHeader } from './format.js';
import type { SafetensorsHeader, TensorEntry } from './format.js';
import { toFloat32 } from './numbers.js';

async function bytesAt(path: string, offset: number, length: number): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const buffer = new Uint8Array(length);
    const { bytesRead } = await file.read(buffer, 0, length, offset);
    if (bytesRead !== length) throw new PalimpsestError({ where: path, expected: `${length} bytes at ${offset}`, got: `${bytesRead}`, hint: 'The file was cut off.' });
    return buffer;
  } finally {
    await file.close();
  }
}

/** Names, shapes and byte ranges of a file's tensors. @throws PalimpsestError when the file is missing, cut off or malformed. */
export async function readHeader(path: string): Promise<SafetensorsHeader> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw new PalimpsestError({ where: path, expected: 'a safetensors file', got: cause instanceof Error ? cause.message : String(cause), cause });
  });
  const { size } = await file.stat().finally(() => file.close());
  const start = await bytesAt(path, 0, Math.min(8, size));
  return parseHeader(path, await bytesAt(path, 0, 8 + headerLength(path, start, size)), size);
}

/** One tensor's numbers, widened to float32. */
export async function readTensor(path: string, entry: TensorEntry): Promise<Float32Array> {
  return toFloat32(entry.type, await bytesAt(path, entry.offset, entry.bytes));
}

/** Every tensor of a file in float32, by name. */
export async function readTensors(path: string): Promise<Map<string, { readonly shape: readonly number[]; readonly data: Float32Array }>> {
  const { tensors } = await readHeader(path);
  const result = new Map<string, { readonly shape: readonly number[]; readonly data: Float32Array }>();
  for (const entry of tensors.values()) result.set(entry.name, { shape: entry.shape, data: await readTensor(path, entry) });
  return result;
}
