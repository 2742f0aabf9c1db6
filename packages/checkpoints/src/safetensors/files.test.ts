import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PalimpsestError } from '@palimpsest/backbone';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { parseHeader } from './format.js';
import { fromFloat32, toFloat32 } from './numbers.js';
import { readHeader, readTensor, readTensors } from './read.js';
import { writeFileAtomically, writeTensors } from './write.js';
import type { TensorToWrite } from './write.js';

const folder = mkdtempSync(join(tmpdir(), 'palimpsest-safetensors-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'model.safetensors');

const name = fc.oneof(fc.string({ maxLength: 9 }), fc.constantFrom('12', '7', '__proto__', 'constructor', 'model.layers.0.weight', 'ü狐')).filter((text) => text !== '__metadata__');
const number = fc.oneof(fc.float(), fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, 2 ** -149));
const tensor: fc.Arbitrary<TensorToWrite> = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 3 }).chain((shape) => {
  const count = shape.reduce((product, size) => product * size, 1);
  return fc.array(number, { minLength: count, maxLength: count }).map((data) => ({ shape, data: Float32Array.from(data) }));
});
const tensors = fc.array(fc.tuple(name, tensor), { maxLength: 5 }).map((entries) => new Map(entries));

describe('tensors that were written', () => {
  test('are read again: names, shapes, every bit', async () => {
    await fc.assert(fc.asyncProperty(tensors, async (given) => {
      await writeTensors(path, given);
      expect(await readTensors(path)).toEqual(given);
    }), { numRuns: 40 });
  });

  test('in 16 bits are rounded, and a second writing changes nothing', async () => {
    for (const type of ['F16', 'BF16'] as const) {
      await fc.assert(fc.asyncProperty(tensors, async (given) => {
        await writeTensors(path, given, { type });
        const rounded = await readTensors(path);
        await writeTensors(path, rounded, { type });
        expect(await readTensors(path)).toEqual(rounded);
        for (const [key, { shape, data }] of given) {
          expect(rounded.get(key)?.shape).toEqual(shape);
          rounded.get(key)?.data.forEach((value, index) => expect(value).toBe(toFloat32('test', type, fromFloat32(type, data.slice(index, index + 1)).slice())[0]));
        }
      }), { numRuns: 20 });
    }
  });

  test('lie in the order given, from a multiple of eight bytes on, with the metadata beside them', async () => {
    await writeTensors(path, new Map([['b', { shape: [3], data: Float32Array.of(1, 2, 3) }], ['a', { shape: [1, 2], data: Float32Array.of(4, 5) }]]), { metadata: { format: 'pt' } });
    const bytes = readFileSync(path);
    const { tensors: entries, metadata } = parseHeader(path, bytes, bytes.length);
    expect(metadata).toEqual({ format: 'pt' });
    const [b, a] = [entries.get('b')!, entries.get('a')!];
    expect([b.offset % 8, a.offset - b.offset, bytes.length - a.offset]).toEqual([0, 12, 8]);
    expect(new Float32Array(bytes.buffer.slice(bytes.byteOffset + b.offset, bytes.byteOffset + bytes.length))).toEqual(Float32Array.of(1, 2, 3, 4, 5));
    expect(await readTensor(path, a)).toEqual(Float32Array.of(4, 5));
  });

  test('must fit their shapes; the file is not touched', async () => {
    await writeFile(path, 'old');
    await expect(writeTensors(path, new Map([['w', { shape: [2, 3], data: new Float32Array(5) }]]))).rejects.toThrow('writeTensors: w: expected 6 numbers for [2, 3]; got 5.');
    expect(readFileSync(path, 'utf8')).toBe('old');
  });
});

describe('a file that is not whole', () => {
  test('is refused at every length', async () => {
    await writeTensors(path, new Map([['w', { shape: [5], data: Float32Array.of(1, 2, 3, 4, 5) }]]));
    const { length } = readFileSync(path);
    for (let cut = length - 1; cut >= 0; cut -= 3) {
      await truncate(path, cut);
      await expect(readHeader(path)).rejects.toThrow(PalimpsestError);
      await expect(readTensors(path)).rejects.toThrow(path);
    }
  });

  test('was cut off after its header was read', async () => {
    await writeTensors(path, new Map([['w', { shape: [5], data: Float32Array.of(1, 2, 3, 4, 5) }]]));
    const entry = (await readHeader(path)).tensors.get('w')!;
    await truncate(path, entry.offset + 7);
    await expect(readTensor(path, entry)).rejects.toThrow(`expected 20 bytes at ${entry.offset}; got 7. The file was cut off.`);
  });

  test('is missing or a folder', async () => {
    await expect(readHeader(join(folder, 'none'))).rejects.toThrow('none: expected a safetensors file; got ENOENT');
    await expect(readHeader(folder)).rejects.toThrow('expected a safetensors file; got a folder');
  });
});

describe('writing', () => {
  const target = join(folder, 'state.json');

  test('that ends in the middle leaves the old file, which is whole until the new one is', async () => {
    await writeFile(target, 'old and whole');
    const seen: string[] = [];
    function* chunks(): Generator<string> {
      yield 'new, first half';
      seen.push(readFileSync(target, 'utf8'), readFileSync(`${target}.partial`, 'utf8')); // what a killed process leaves
      throw new Error('killed here');
    }
    await expect(writeFileAtomically(target, chunks())).rejects.toThrow('killed here');
    expect(seen).toEqual(['old and whole', 'new, first half']);
    expect(readFileSync(target, 'utf8')).toBe('old and whole');
    expect(readdirSync(folder)).not.toContain('state.json.partial');
  });

  test('after a killed process takes no notice of what that left', async () => {
    await writeFile(`${target}.partial`, 'a longer rest of an earlier attempt');
    await writeFileAtomically(target, ['new, ', Uint8Array.of(0x77, 0x68), 'ole']);
    expect(readFileSync(target, 'utf8')).toBe('new, whole');
    expect(readdirSync(folder)).not.toContain('state.json.partial');
  });

  test('to a place that cannot be replaced leaves nothing beside it', async () => {
    const taken = join(folder, 'taken');
    await mkdir(taken);
    await expect(writeFileAtomically(taken, ['x'])).rejects.toThrow();
    expect(readdirSync(folder)).not.toContain('taken.partial');
  });
});
