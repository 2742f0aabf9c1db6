import type { Reference } from '../interpreter/reference.js';
import { elementCount } from '../shape.js';

/** Numbers from 0 to 1 that depend on `seed` alone (SplitMix32, Steele et al. 2014, with the finaliser of MurmurHash3). */
export function uniforms(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let hash = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
  };
}

/** Numbers between `from` and `to`, rounded to float32 so that a runtime is fed the same. */
export function randomReference(
  shape: readonly number[],
  seed: number,
  { from = -1, to = 1 }: { readonly from?: number; readonly to?: number } = {},
): Reference {
  const next = uniforms(seed);
  return { shape, data: Float64Array.from({ length: elementCount(shape) }, () => Math.fround(from + (to - from) * next())) };
}
