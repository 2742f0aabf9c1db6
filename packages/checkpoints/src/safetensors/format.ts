import { PalimpsestError } from '@palimpsest/backbone';

/** Element types of the format, with their size in bytes. */
export const elementBytes = {
  F64: 8, F32: 4, F16: 2, BF16: 2, F8_E5M2: 1, F8_E4M3: 1, I64: 8, I32: 4, I16: 2, I8: 1, U64: 8, U32: 4, U16: 2, U8: 1, BOOL: 1,
} as const;
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
const maximumHeaderBytes = 25_000_000;

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isSizes = (value: unknown): value is number[] => Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);

const isText = (value: unknown): value is string => typeof value === 'string';
const isElementType = (value: unknown): value is ElementType => isText(value) && Object.hasOwn(elementBytes, value);
const damaged = 'The file is damaged or was cut off: fetch it again.';

function parseEntry(where: string, name: string, value: unknown, start: number): TensorEntry {
  const fail = (expected: string, got: unknown): never => {
    throw new PalimpsestError({ where: `${where}: tensor ${name}`, expected, got: JSON.stringify(got) ?? 'nothing', hint: damaged });
  };
  if (!isRecord(value)) return fail('an object', value);
  const { dtype: type, shape, data_offsets: range } = value;
  if (!isElementType(type)) return fail(`one of ${Object.keys(elementBytes).join(', ')} as dtype`, type);
  if (!isSizes(shape)) return fail('a shape of non-negative integers', shape);
  if (!isSizes(range) || range.length !== 2 || range[1]! < range[0]!) return fail('data_offsets [start, end]', range);
  const bytes = range[1]! - range[0]!;
  const needed = shape.reduce((product, size) => product * size, 1) * elementBytes[type];
  if (bytes !== needed) return fail(`${needed} bytes for ${type} ${JSON.stringify(shape)}`, range);
  return { name, type, shape, offset: start + range[0]!, bytes };
}

/** The format wants every byte of data in exactly one tensor, so an overlap, a gap or a cut is a fault of the file. */
function checkCover(where: string, entries: readonly TensorEntry[], start: number, fileBytes: number): void {
  const fail = (at: string, expected: string, got: string): never => {
    throw new PalimpsestError({ where: at, expected, got, hint: damaged });
  };
  let end = start;
  for (const { name, offset, bytes } of entries.toSorted((a, b) => a.offset - b.offset || a.bytes - b.bytes)) {
    if (offset !== end) fail(`${where}: tensor ${name}`, `data from byte ${end} on, where the tensor before it ends`, `byte ${offset}`);
    end += bytes;
  }
  if (end !== fileBytes) fail(where, `${end} bytes, as the header says`, `${fileBytes}`);
}

function parseMetadata(where: string, value: unknown): SafetensorsHeader['metadata'] {
  const entries = isRecord(value) ? Object.entries(value) : [['', value] as const];
  return Object.fromEntries(entries.map(([key, text]) => {
    if (isText(text)) return [key, text] as const;
    throw new PalimpsestError({ where: `${where}: __metadata__`, expected: 'texts by name', got: JSON.stringify(text), hint: damaged });
  }));
}

/**
 * Parses the header of a safetensors file: 8 bytes of little-endian length, then JSON, then data.
 * @param prefix the file's first bytes, at least the whole header.
 * @throws PalimpsestError when lengths, shapes or offsets do not fit the file.
 */
export function parseHeader(where: string, prefix: Uint8Array, fileBytes: number): SafetensorsHeader {
  const start = 8 + headerLength(where, prefix, fileBytes);
  const header = parseJsonObject(where, prefix.subarray(8, start));
  const { __metadata__: metadata = {}, ...values } = header;
  const entries = Object.entries(values).map(([name, value]) => parseEntry(where, name, value, start));
  checkCover(where, entries, start, fileBytes);
  return { tensors: new Map(entries.map((entry) => [entry.name, entry])), metadata: parseMetadata(where, metadata) };
}

function parseJsonObject(where: string, bytes: Uint8Array): Record<string, unknown> {
  const fail = (cause?: unknown): never => {
    const got = JSON.stringify(new TextDecoder().decode(bytes.subarray(0, 40)));
    throw new PalimpsestError({ where, expected: 'a JSON object as header', got, hint: 'Is this a safetensors file?', cause });
  };
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    return fail(cause);
  }
  return isRecord(parsed) ? parsed : fail();
}

/** Bytes of JSON that follow the first eight. @throws PalimpsestError when the file cannot hold them. */
export function headerLength(where: string, prefix: Uint8Array, fileBytes: number): number {
  if (fileBytes < 8) throw new PalimpsestError({ where, expected: 'a safetensors file', got: `${fileBytes} bytes`, hint: 'The file is empty or was cut off.' });
  const length = Number(new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true));
  if (length > maximumHeaderBytes || 8 + length > fileBytes) {
    throw new PalimpsestError({ where, expected: `a header of at most ${Math.min(maximumHeaderBytes, fileBytes - 8)} bytes`, got: `${length}`, hint: 'Is this a safetensors file, whole?' });
  }
  return length;
}
