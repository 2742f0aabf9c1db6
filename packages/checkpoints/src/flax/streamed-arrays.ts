import { open } from 'node:fs/promises';
import { PalimpsestError } from '@palimpsest/backbone';
import type { ElementType } from '../safetensors/format.js';
import { toFloat32 } from '../safetensors/numbers.js';
import type { TensorToWrite } from '../safetensors/write.js';
import { bytesSource, fileSource, isExtension, isList, readPacked } from './message-pack.js';
import type { Packed, PackedSource } from './message-pack.js';

/** NumPy's names of what there are numbers of here. */
const types: Readonly<Record<string, ElementType>> = { float64: 'F64', float32: 'F32', float16: 'F16', bfloat16: 'BF16' };

/** Flax's number for an array: its shape, its type's name and its bytes, row-major. */
const arrayExtension = 1;

/**
 * Arrays of a file that EasyLM's streaming checkpointer wrote, in its order: pairs of a path and the packed bytes of an array, one after the other. Only arrays
 * that `wanted` asks for by name, which is the path joined by slashes, are read as numbers.
 * @throws PalimpsestError where the file is another or cut off, or a wanted value is no array of floating-point numbers.
 */
export async function* readStreamedArrays(path: string, wanted: (name: string) => boolean): AsyncGenerator<readonly [name: string, TensorToWrite]> {
  await using file = await open(path);
  const source = await fileSource(path, file);
  while (!source.isOver()) {
    const pair = await readPacked(source);
    const [key, value] = isList(pair) && pair.length === 2 ? pair : [];
    if (!isList(key) || !key.every((part) => typeof part === 'string') || !(value instanceof Uint8Array)) {
      throw new PalimpsestError({ where: path, expected: 'pairs of a path and bytes', got: 'something else', hint: 'Name the file streaming_params or streaming_train_state of a checkpoint.' });
    }
    const name = key.join('/');
    if (wanted(name)) yield [name, await readArray(bytesSource(`${path}: ${name}`, value))];
  }
}

async function readArray(source: PackedSource): Promise<TensorToWrite> {
  const { where } = source;
  const refuse = (expected: string, got: string): never => {
    throw new PalimpsestError({ where, expected, got });
  };
  const packed = await readPacked(source);
  if (!isExtension(packed) || packed.type !== arrayExtension) return refuse('an array of Flax in one piece', 'another value');
  const parts: Packed = await readPacked(bytesSource(where, packed.bytes));
  const [shape, type, bytes] = isList(parts) ? parts : [];
  if (!isList(shape) || !shape.every((size) => typeof size === 'number') || typeof type !== 'string' || !(bytes instanceof Uint8Array)) return refuse('a shape, a type and bytes', 'something else');
  const known = types[type] ?? refuse(`numbers of one of ${Object.keys(types).join(', ')}`, type);
  return { shape, data: toFloat32(where, known, bytes) };
}
