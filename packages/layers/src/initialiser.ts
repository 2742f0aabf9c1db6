import type { Initialiser } from './layer.js';

const filled = (shape: readonly number[], next: () => number): Float32Array =>
  Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, next);

export const ones: Initialiser = (shape) => filled(shape, () => 1);
export const zeros: Initialiser = (shape) => filled(shape, () => 0);
/** One number everywhere. */
export const constantly = (value: number): Initialiser => (shape) => filled(shape, () => value);
/** `scale` on the diagonal of a matrix [rows, columns], plus normal noise of the given standard deviation. */
export const nearIdentity = (scale: number, deviation: number): Initialiser => (shape, draw) => {
  const columns = shape[1]!;
  let index = 0;
  return filled(shape, () => {
    const onDiagonal = Math.floor(index / columns) === index++ % columns;
    return (onDiagonal ? scale : 0) + deviation * draw();
  });
};
/** Normal with the given standard deviation. */
export const normal = (deviation: number): Initialiser => (shape, draw) => filled(shape, () => deviation * draw());
