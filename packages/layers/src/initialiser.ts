import type { Initialiser } from './layer.js';

const filled = (shape: readonly number[], next: () => number): Float32Array =>
  Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, next);

export const ones: Initialiser = (shape) => filled(shape, () => 1);
export const zeros: Initialiser = (shape) => filled(shape, () => 0);
/** Normal with the given standard deviation. */
export const normal = (deviation: number): Initialiser => (shape, draw) => filled(shape, () => deviation * draw());
