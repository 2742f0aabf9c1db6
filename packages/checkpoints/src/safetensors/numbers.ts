import { PalimpsestError } from '@palimpsest/backbone';
import { Float16Array } from '@petamoriken/float16';
import type { ElementType } from './format.js';

/** A copy that starts at a multiple of any element size. */
const aligned = (bytes: Uint8Array): ArrayBuffer => bytes.slice().buffer as ArrayBuffer; // slice of our own buffers, never shared

const widen: { readonly [type in ElementType]?: (buffer: ArrayBuffer) => Float32Array } = {
  F64: (buffer) => Float32Array.from(new Float64Array(buffer)),
  F32: (buffer) => new Float32Array(buffer),
  F16: (buffer) => Float32Array.from(new Float16Array(buffer)),
  BF16: (buffer) => new Float32Array(Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer), // the upper half of a float32
};

/** @throws PalimpsestError for integer types. */
export function toFloat32(type: ElementType, bytes: Uint8Array): Float32Array {
  const convert = widen[type];
  if (convert === undefined) throw new PalimpsestError({ where: 'toFloat32', expected: `one of ${Object.keys(widen).join(', ')}`, got: type });
  return convert(aligned(bytes));
}

export type FloatType = 'F32' | 'F16' | 'BF16';

const narrow: { readonly [type in FloatType]: (data: Float32Array) => ArrayBufferView } = {
  F32: (data) => data,
  F16: (data) => Float16Array.from(data) as unknown as ArrayBufferView, // the ponyfill's type does not say that it is one
  BF16: (data) => Uint16Array.from(new Uint32Array(data.slice().buffer), (bits) => (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16), // to nearest, ties to even
};

export function fromFloat32(type: FloatType, data: Float32Array): Uint8Array {
  const { buffer, byteOffset, byteLength } = narrow[type](data);
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}
