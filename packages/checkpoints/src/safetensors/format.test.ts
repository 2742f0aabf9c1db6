import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PalimpsestError } from '@palimpsest/backbone';
import { parseHeader } from './format.js';
import type { SafetensorsHeader } from './format.js';

const encoder = new TextEncoder();

/** A file by the format's definition: length, JSON, data. */
function fileOf(header: unknown, dataBytes: number, length?: bigint): Uint8Array {
  const json = header instanceof Uint8Array ? header : encoder.encode(typeof header === 'string' ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + json.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  file.set(json, 8);
  return file;
}
const parse = (file: Uint8Array): SafetensorsHeader => parseHeader('weights.safetensors', file, file.length);
const entry = (dtype: unknown, shape: unknown, from: unknown, to: unknown): unknown => ({ dtype, shape, data_offsets: [from, to] });

describe('what is read', () => {
  const header = {
    __metadata__: { format: 'pt', note: '' },
    second: entry('F16', [3, 1], 20, 26), first: entry('F32', [5], 0, 20), scalar: entry('I64', [], 26, 34), none: entry('BF16', [0, 7], 26, 26), '__proto__x': entry('BOOL', [1], 34, 35),
  };

  test('names, types, shapes, and offsets from the start of the file', () => {
    const file = fileOf(header, 35);
    const start = file.length - 35;
    const { tensors, metadata } = parse(file);
    expect(metadata).toEqual({ format: 'pt', note: '' });
    expect([...tensors.values()]).toEqual([
      { name: 'second', type: 'F16', shape: [3, 1], offset: start + 20, bytes: 6 },
      { name: 'first', type: 'F32', shape: [5], offset: start, bytes: 20 },
      { name: 'scalar', type: 'I64', shape: [], offset: start + 26, bytes: 8 },
      { name: 'none', type: 'BF16', shape: [0, 7], offset: start + 26, bytes: 0 },
      { name: '__proto__x', type: 'BOOL', shape: [1], offset: start + 34, bytes: 1 },
    ]);
  });

  test('spaces after the JSON belong to the header, and the whole file need not be there', () => {
    const file = fileOf(`${JSON.stringify({ w: entry('F32', [2], 0, 8) })}      `, 8);
    const { tensors } = parseHeader('w', file.subarray(0, file.length - 8), file.length);
    expect(tensors.get('w')?.offset).toBe(file.length - 8);
  });

  test('a file may hold nothing', () => {
    expect(parse(fileOf({}, 0)).tensors.size).toBe(0);
  });
});

describe('what is refused', () => {
  test.each<[string, Uint8Array, string]>([
    ['an empty file', new Uint8Array(0), 'weights.safetensors: expected a safetensors file; got 0 bytes. The file is empty or was cut off.'],
    ['seven bytes', new Uint8Array(7), 'got 7 bytes'],
    ['a header longer than the file', fileOf({}, 0, 3n), 'expected a header of at most 2 bytes; got 3'],
    ['a header longer than any', fileOf({}, 0, 2n ** 64n - 1n), 'got 18446744073709552000'],
    ['text that is no JSON', fileOf('<html>not found</html>', 0), 'expected a JSON object as header; got "<html>not found</html>". Is this a safetensors file?'],
    ['bytes that are no text', fileOf(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d), 0), 'expected a JSON object as header'],
    ['a list', fileOf([1], 0), 'expected a JSON object as header; got "[1]"'],
    ['null', fileOf('null', 0), 'expected a JSON object as header; got "null"'],
    ['a tensor that is a number', fileOf({ w: 3 }, 0), 'tensor w: expected an object; got 3'],
    ['an unknown type', fileOf({ w: entry('F31', [1], 0, 4) }, 4), 'as dtype; got "F31"'],
    ['a type from the prototype', fileOf({ w: entry('toString', [1], 0, 4) }, 4), 'as dtype; got "toString"'],
    ['no shape', fileOf({ w: { dtype: 'F32', data_offsets: [0, 4] } }, 4), 'expected a shape of non-negative integers; got nothing'],
    ['a negative size', fileOf({ w: entry('F32', [-1], 0, 4) }, 4), 'got [-1]'],
    ['half a size', fileOf({ w: entry('F32', [0.5], 0, 2) }, 2), 'got [0.5]'],
    ['sizes whose product is beyond all numbers', fileOf({ w: entry('F32', Array.from({ length: 40 }, () => 2 ** 52), 0, 4) }, 4), 'Infinity bytes for F32'],
    ['one offset', fileOf({ w: { dtype: 'F32', shape: [1], data_offsets: [0] } }, 4), 'expected data_offsets [start, end]; got [0]'],
    ['an end before the start', fileOf({ w: entry('F32', [1], 4, 0) }, 4), 'expected data_offsets [start, end]; got [4,0]'],
    ['bytes that do not fit the shape', fileOf({ w: entry('F32', [3, 5], 0, 64) }, 64), 'expected 60 bytes for F32 [3,5]; got [0,64]'],
    ['offsets beyond the file', fileOf({ w: entry('F32', [2], 0, 8) }, 7), 'bytes, as the header says; got'],
    ['bytes after the last tensor', fileOf({ w: entry('F32', [2], 0, 8) }, 9), 'bytes, as the header says; got'],
    ['an overlap', fileOf({ a: entry('F32', [2], 0, 8), b: entry('F32', [2], 4, 12) }, 12), 'tensor b: expected data from byte'],
    ['the same bytes twice', fileOf({ a: entry('F32', [2], 0, 8), b: entry('F32', [2], 0, 8) }, 8), 'tensor b: expected data from byte'],
    ['a gap', fileOf({ a: entry('F32', [1], 0, 4), b: entry('F32', [1], 8, 12) }, 12), 'tensor b: expected data from byte'],
    ['a gap before the first', fileOf({ a: entry('F32', [1], 4, 8) }, 8), 'tensor a: expected data from byte'],
    ['metadata that is no text', fileOf({ __metadata__: { step: 3 } }, 0), '__metadata__: expected texts by name; got 3'],
    ['metadata that is nothing', fileOf({ __metadata__: null }, 0), '__metadata__: expected texts by name; got null'],
  ])('%s', (_, file, message) => {
    expect(() => parse(file)).toThrow(PalimpsestError);
    expect(() => parse(file)).toThrow(message);
  });
});

describe('whatever the bytes', () => {
  /** Either a fault of ours to name, or a header whose tensors cover the data exactly. */
  function survives(file: Uint8Array): boolean {
    let header: SafetensorsHeader;
    try {
      header = parse(file);
    } catch (error) {
      if (!(error instanceof PalimpsestError)) throw error;
      return false;
    }
    const covered = [...header.tensors.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    const start = 8 + Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
    expect(start + covered).toBe(file.length);
    return true;
  }

  test('noise is refused with an error that says where', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => void survives(noise)), { numRuns: 500 });
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(9), (noise, data) => void survives(fileOf(noise, data))), { numRuns: 500 });
    fc.assert(fc.property(fc.json(), fc.nat(9), (json, data) => void survives(fileOf(json, data))), { numRuns: 500 });
  });

  const value = fc.oneof(fc.integer({ min: -3, max: 40 }), fc.constantFrom('F32', 'F16', 'I8', 'none', null, 1e300, 0.5, 2 ** 53));
  const list = fc.oneof(value, fc.array(value, { maxLength: 3 }));
  const wild = fc.record({ dtype: fc.oneof(fc.constantFrom('F32', 'F16', 'I8'), list), shape: list, data_offsets: list }, { requiredKeys: [] });

  test('headers of the right keys with any values', () => {
    fc.assert(fc.property(fc.dictionary(fc.string({ maxLength: 3 }), wild, { maxKeys: 3 }), fc.nat(40), (header, data) => void survives(fileOf(header, data))), { numRuns: 700 });
  });

  test('a sound file with one byte changed or its end cut off; untouched it is read', () => {
    const sound = fileOf({ w: entry('F32', [2, 3], 0, 24), bias: entry('F16', [5], 24, 34), __metadata__: { format: 'pt' } }, 34);
    expect(survives(sound)).toBe(true);
    const headerEnd = sound.length - 34;
    fc.assert(fc.property(fc.nat(headerEnd - 1), fc.nat(255), (index, byte) => void survives(Uint8Array.from(sound).fill(byte, index, index + 1))), { numRuns: 700 });
    for (let length = 0; length < sound.length; length++) expect(survives(sound.subarray(0, length))).toBe(false);
  });
});
