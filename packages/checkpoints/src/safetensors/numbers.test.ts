import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromFloat32, toFloat32 } from './numbers.js';

/** A 16-bit format by its definition: one sign bit, `exponentBits`, and the fraction in what remains. */
interface Format {
  readonly type: 'F16' | 'BF16';
  readonly exponentBits: number;
}
const formats: readonly Format[] = [{ type: 'F16', exponentBits: 5 }, { type: 'BF16', exponentBits: 8 }];

/** The number that a bit pattern stands for (IEEE 754-2019, section 3.4), in doubles and powers of two. */
function meaning({ exponentBits }: Format, pattern: number): number {
  const fractionBits = 15 - exponentBits;
  const sign = pattern >= 2 ** 15 ? -1 : 1;
  const exponent = Math.floor(pattern / 2 ** fractionBits) % 2 ** exponentBits;
  const fraction = (pattern % 2 ** fractionBits) / 2 ** fractionBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias));
}

/** The nearest pattern by search, of two equally near the one with an even last bit; from half a step beyond the largest on, infinity. */
function nearestPattern(format: Format, value: number): number {
  const signBit = Object.is(Math.sign(value), -1) || Object.is(value, -0) ? 2 ** 15 : 0;
  const magnitude = Math.abs(value);
  const infinity = (2 ** format.exponentBits - 1) * 2 ** (15 - format.exponentBits);
  let [low, high] = [0, infinity]; // patterns of positive numbers ascend as integers
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (meaning(format, middle) <= magnitude) low = middle;
    else high = middle;
  }
  const below = meaning(format, low);
  const above = high === infinity ? 2 * below - meaning(format, low - 1) : meaning(format, high);
  const [toBelow, toAbove] = [magnitude - below, above - magnitude];
  const nearest = toBelow < toAbove || (toBelow === toAbove && low % 2 === 0) ? low : high;
  return signBit + nearest;
}

const patternOf = (type: 'F16' | 'BF16', value: number): number => {
  const [low, high] = fromFloat32(type, Float32Array.of(value));
  return low! + 256 * high!;
};
const bytesOf = (array: Uint16Array | Uint32Array | Float64Array): Uint8Array<ArrayBuffer> => new Uint8Array(array.slice().buffer as ArrayBuffer);
const anyFloat32 = fc.integer({ min: 0, max: 0xffffffff }).map((bits) => new Float32Array(Uint32Array.of(bits).buffer)[0]!);

describe.each(formats)('$type', (format) => {
  const { type } = format;
  const all = Uint16Array.from({ length: 65_536 }, (_, pattern) => pattern);

  test('each of the 65,536 patterns is read as what it stands for', () => {
    const numbers = toFloat32('test', type, bytesOf(all));
    all.forEach((pattern) => {
      if (!Object.is(numbers[pattern], meaning(format, pattern))) throw new Error(`${pattern} was read as ${numbers[pattern]}`);
    });
  });

  test('and written again as itself, a NaN as some NaN', () => {
    const written = fromFloat32(type, toFloat32('test', type, bytesOf(all)));
    all.forEach((pattern) => {
      const again = written[2 * pattern]! + 256 * written[2 * pattern + 1]!;
      const same = Number.isNaN(meaning(format, pattern)) ? Number.isNaN(meaning(format, again)) : again === pattern;
      if (!same) throw new Error(`${pattern} was written as ${again}`);
    });
  });

  test('any float32 is rounded to the nearest, ties to even', () => {
    fc.assert(fc.property(anyFloat32, (value) => {
      const pattern = patternOf(type, value);
      if (Number.isNaN(value)) expect(meaning(format, pattern)).toBeNaN();
      else expect(pattern).toBe(nearestPattern(format, value));
    }), { numRuns: 1500 });
  });

  test('numbers halfway between two neighbours, and just beside it', () => {
    const nudge = (value: number, by: number): number => new Float32Array(Uint32Array.of(new Uint32Array(Float32Array.of(value).buffer)[0]! + by).buffer)[0]!;
    fc.assert(fc.property(fc.integer({ min: 0, max: (2 ** format.exponentBits - 1) * 2 ** (15 - format.exponentBits) - 2 }), fc.constantFrom(-1, 1), (pattern, sign) => {
      const half = Math.fround((meaning(format, pattern) + meaning(format, pattern + 1)) / 2);
      for (const value of [half, nudge(half, 1), half === 0 ? 0 : nudge(half, -1)]) expect(patternOf(type, sign * value)).toBe(nearestPattern(format, sign * value));
    }), { numRuns: 500 });
  });
});

test('limits of float16: the largest, the first that becomes infinite, the smallest subnormal and half of it', () => {
  expect([65_504, 65_519, 65_520, 2 ** -24, 2 ** -25, 2 ** -25 + 2 ** -40, -0].map((value) => patternOf('F16', value))).toEqual([0x7bff, 0x7bff, 0x7c00, 1, 0, 1, 0x8000]);
});

test('a NaN whose set bits are all cut off does not become infinite in BF16', () => {
  const quietest = new Float32Array(Uint32Array.of(0x7f800001).buffer)[0]!;
  expect(meaning({ type: 'BF16', exponentBits: 8 }, patternOf('BF16', quietest))).toBeNaN();
  const allOnes = fromFloat32('BF16', new Float32Array(Uint32Array.of(0xffffffff).buffer));
  expect(meaning({ type: 'BF16', exponentBits: 8 }, allOnes[0]! + 256 * allOnes[1]!)).toBeNaN();
});

test('F32 keeps every bit, F64 is rounded once', () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 0xffffffff }), { minLength: 1, maxLength: 9 }), (bits) => {
    const original = Uint32Array.from(bits);
    const written = fromFloat32('F32', new Float32Array(original.slice().buffer));
    expect([...written]).toEqual([...bytesOf(original)]);
    expect([...new Uint32Array(toFloat32('test', 'F32', Uint8Array.from(written)).buffer)]).toEqual([...original]);
  }));
  fc.assert(fc.property(fc.double(), (value) => {
    expect(toFloat32('test', 'F64', bytesOf(Float64Array.of(value)))[0]).toBe(Math.fround(value));
  }));
});

test('a part of a larger array is written, not the whole', () => {
  expect([...fromFloat32('F32', Float32Array.of(7, 1, 2).subarray(1, 2))]).toEqual([0, 0, 0x80, 0x3f]);
  expect([...fromFloat32('BF16', Float32Array.of(7, 1, 2).subarray(1, 2))]).toEqual([0x80, 0x3f]);
});

test('integers and 8-bit floats are not read as floats', () => {
  for (const type of ['I32', 'U8', 'BOOL', 'F8_E4M3'] as const) {
    expect(() => toFloat32('file: w', type, new Uint8Array(4))).toThrow(`file: w: expected one of F64, F32, F16, BF16; got ${type}`);
  }
});
