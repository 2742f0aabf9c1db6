import { PalimpsestError } from '@palimpsest/backbone';
import { Float16Array } from '@petamoriken/float16';
import type { ElementType } from './format.js';

const widen: { readonly [type in ElementType]?: (buffer: ArrayBuffer) => Float32Array } = {
  F64: (buffer) => Float32Array.from(new Float64Array(buffer)),
  F32: (buffer) => new Float32Array(buffer),
  F16: (buffer) => Float32Array.from(new Float16Array(buffer)),
  BF16: (buffer) => new Float32Array(Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer), // the upper half of a float32
};

/**
 * @param bytes a whole buffer of its own, which the result may share.
 * @throws PalimpsestError for types that are not floating point, and for 8-bit ones.
 */
export function toFloat32(where: string, type: ElementType, { buffer }: Uint8Array<ArrayBuffer>): Float32Array {
  const convert = widen[type];
  if (convert === undefined) throw new PalimpsestError({ where, expected: `one of ${Object.keys(widen).join(', ')}`, got: type });
  return convert(buffer);
}

export type FloatType = 'F32' | 'F16' | 'BF16';

const narrow: { readonly [type in FloatType]: (data: Float32Array) => ArrayBufferView } = {
  F32: (data) => data,
  F16: (data) => Float16Array.from(data) as unknown as ArrayBufferView, // the ponyfill's type does not say that it is one
  BF16: (data) => Uint16Array.from(new Uint32Array(data.slice().buffer), roundToBfloat16),
};

/** The upper half of a float32's bits, to nearest, ties to even. Rounding could carry a NaN into infinity, so it stays a quiet NaN. */
function roundToBfloat16(bits: number): number {
  const isNaN = (bits & 0x7fffffff) > 0x7f800000;
  return isNaN ? (bits >>> 16) | 0x40 : (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/** Rounded to nearest, ties to even; beyond a type's range to infinity. */
export function fromFloat32(type: FloatType, data: Float32Array): Uint8Array {
  const { buffer, byteOffset, byteLength } = narrow[type](data);
  return new Uint8Array(buffer, byteOffset, byteLength);
}
