import { PalimpsestError } from '@palimpsest/backbone';

/** Element types of the format, with their size in bytes. */
export const elementBytes = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, I16: 2, I8: 1, U8: 1, BOOL: 1 } as const;
export type ElementType = keyof typeof elementBytes;

/** Where a tensor lies in its file: `offset` counts from the start of the file. */
export interface TensorEntry {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly bytes: number;
}

export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Larger headers are refused before they are read. */
export const maximumHeaderBytes = 25_000_000;

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isSizes = (value: unknown): value is number[] => Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);

function parseEntry(where: string, name: string, value: unknown, start: number, fileBytes: number): TensorEntry {
  const fail = (expected: string, got: unknown): never => {
    throw new PalimpsestError({ where: `${where}: tensor ${name}`, expected, got: JSON.stringify(got) ?? 'nothing', hint: 'The file is damaged or was cut off: fetch it again.' });
  };
  if (!isRecord(value)) return fail('an object', value);
  const { dtype, shape, data_offsets: range } = value;
  if (typeof dtype !== 'string' || !(dtype in elementBytes)) return fail(`one of ${Object.keys(elementBytes).join(', ')} as dtype`, dtype);
  if (!isSizes(shape)) return fail('a shape of non-negative integers', shape);
  if (!isSizes(range) || range.length !== 2 || range[1]! < range[0]!) return fail('data_offsets [start, end]', range);
  const type = dtype as ElementType;
  const bytes = range[1]! - range[0]!;
  if (bytes !== shape.reduce((product, size) => product * size, 1) * elementBytes[type]) return fail(`${type} ${JSON.stringify(shape)} in as many bytes`, `${bytes} bytes`);
  if (start + range[1]! > fileBytes) return fail(`data that ends within the ${fileBytes} bytes of the file`, start + range[1]!);
  return { name, type, shape, offset: start + range[0]!, bytes };
}

/**
 * Parses the header of a safetensors file: 8 bytes of little-endian length, then JSON, then data.
 * @param prefix the file's first bytes, at least the whole header.
 * @throws PalimpsestError when lengths, shapes or offsets do not fit the file.
 */
export function parseHeader(where: string, prefix: Uint8Array, fileBytes: number): SafetensorsHeader {
  const headerBytes = headerLength(where, prefix, fileBytes);
  const json = new TextDecoder().decode(prefix.subarray(8, 8 + headerBytes));
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (cause) {
    throw new PalimpsestError({ where, expected: 'a JSON header', got: json.slice(0, 40), hint: 'Is this a safetensors file?', cause });
  }
  if (!isRecord(parsed)) throw new PalimpsestError({ where, expected: 'a JSON object as header', got: json.slice(0, 40) });
  const { __metadata__: metadata = {}, ...entries } = parsed;
  const tensors = new Map(Object.entries(entries).map(([name, value]) => [name, parseEntry(where, name, value, 8 + headerBytes, fileBytes)]));
  return { tensors, metadata: metadata as Record<string, string> }; // the format allows strings only
}

export function headerLength(where: string, prefix: Uint8Array, fileBytes: number): number {
  if (fileBytes < 8) throw new PalimpsestError({ where, expected: 'a safetensors file', got: `${fileBytes} bytes`, hint: 'The file is empty or cut off.' });
  const length = Number(new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true));
  if (length > maximumHeaderBytes || 8 + length > fileBytes) {
    throw new PalimpsestError({ where, expected: `a header of at most ${Math.min(maximumHeaderBytes, fileBytes - 8)} bytes`, got: `${length}`, hint: 'Is this a safetensors file, whole?' });
  }
  return length;
}
