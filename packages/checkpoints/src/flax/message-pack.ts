import type { FileHandle } from 'node:fs/promises';
import { PalimpsestError } from '@palimpsest/backbone';

/**
 * The part of MessagePack that Flax writes arrays with: lists, texts, non-negative integers, bytes, and bytes of a type of its own.
 * https://github.com/msgpack/msgpack/blob/master/spec.md
 */
export type Packed = number | string | Uint8Array<ArrayBuffer> | Extension | readonly Packed[];

/** Bytes whose meaning the writer knows by a number. */
export interface Extension {
  readonly type: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Where packed values come from, one after the other. */
export interface PackedSource {
  readonly where: string;
  readonly take: (count: number) => Promise<Uint8Array<ArrayBuffer>>;
  /** Whether anything is left. */
  readonly isOver: () => boolean;
}

const damaged = 'The file is damaged, was cut off, or is of another kind.';

export async function fileSource(path: string, file: FileHandle): Promise<PackedSource> {
  const { size } = await file.stat();
  let position = 0;
  return {
    where: path,
    isOver: () => position === size,
    take: async (count) => {
      if (position + count > size) throw new PalimpsestError({ where: `${path}, byte ${position}`, expected: `${count} more bytes`, got: `${size - position}`, hint: damaged });
      const bytes = new Uint8Array(count);
      for (let filled = 0; filled < count;) filled += (await file.read(bytes, filled, count - filled, position + filled)).bytesRead;
      position += count;
      return bytes;
    },
  };
}

export function bytesSource(where: string, bytes: Uint8Array<ArrayBuffer>): PackedSource {
  let position = 0;
  return {
    where,
    isOver: () => position === bytes.length,
    take: (count) => {
      if (position + count > bytes.length) throw new PalimpsestError({ where: `${where}, byte ${position}`, expected: `${count} more bytes`, got: `${bytes.length - position}`, hint: damaged });
      return Promise.resolve(bytes.slice(position, (position += count)));
    },
  };
}

/** @throws PalimpsestError where the bytes end too early, or stand for what is no part of an array of Flax. */
export async function readPacked(source: PackedSource): Promise<Packed> {
  const tag = (await source.take(1))[0]!;
  const number = async (bytes: 1 | 2 | 4 | 8): Promise<number> => (await source.take(bytes)).reduce((sum, byte) => sum * 256 + byte, 0); // exact below 2^53
  const text = async (length: number): Promise<string> => new TextDecoder().decode(await source.take(length));
  const list = async (length: number): Promise<readonly Packed[]> => {
    const items: Packed[] = [];
    for (let i = 0; i < length; i++) items.push(await readPacked(source));
    return items;
  };
  const extension = async (length: number): Promise<Extension> => ({ type: await number(1), bytes: await source.take(length) });
  if (tag < 0x80) return tag;
  if (tag >= 0x90 && tag < 0xa0) return list(tag & 0x0f);
  if (tag >= 0xa0 && tag < 0xc0) return text(tag & 0x1f);
  switch (tag) {
    case 0xc4: return source.take(await number(1));
    case 0xc5: return source.take(await number(2));
    case 0xc6: return source.take(await number(4));
    case 0xc7: return extension(await number(1));
    case 0xc8: return extension(await number(2));
    case 0xc9: return extension(await number(4));
    case 0xcc: return number(1);
    case 0xcd: return number(2);
    case 0xce: return number(4);
    case 0xcf: return number(8);
    case 0xd4: case 0xd5: case 0xd6: case 0xd7: case 0xd8: return extension(1 << (tag - 0xd4));
    case 0xd9: return text(await number(1));
    case 0xda: return text(await number(2));
    case 0xdb: return text(await number(4));
    case 0xdc: return list(await number(2));
    case 0xdd: return list(await number(4));
  }
  throw new PalimpsestError({ where: source.where, expected: 'a list, text, bytes, or a number that is not negative', got: `the tag 0x${tag.toString(16)}`, hint: damaged });
}

export const isExtension = (value: Packed | undefined): value is Extension => typeof value === 'object' && 'type' in value;
export const isList = (value: Packed | undefined): value is readonly Packed[] => Array.isArray(value);
