import type { Initialiser } from '@palimpsest/layers';

/** exp(-(a² + b²) / 2) of two normal numbers is uniform from 0 to 1: the square of their length is exponential with mean 2. */
const uniformNumber = (draw: () => number): number => {
  const [a, b] = [draw(), draw()];
  return Math.exp(-(a * a + b * b) / 2);
};

const filled = (shape: readonly number[], next: () => number): Float32Array =>
  Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, next);

/** Uniform from -bound to bound. */
export const uniform = (bound: number): Initialiser => (shape, draw) => filled(shape, () => bound * (2 * uniformNumber(draw) - 1));

/** What PyTorch gives a linear layer or a convolution that reads `count` numbers, divided by `divisor`. */
export const uniformOfFanIn = (count: number, divisor = 1): Initialiser => uniform(1 / (Math.sqrt(count) * divisor));

/**
 * Biases whose softplus is a step size between 0.001 and 0.1, its logarithm uniform, no less than 0.0001 (Gu & Dao 2023, section 3.6, and the
 * authors' code).
 */
export const stepBias: Initialiser = (shape, draw) => filled(shape, () => {
  const step = Math.max(1e-4, Math.exp(Math.log(0.001) + uniformNumber(draw) * Math.log(0.1 / 0.001)));
  return step + Math.log(-Math.expm1(-step)); // the inverse of softplus
});

/** ln 1, ln 2, .. along the last axis: the real part of S4D's initial decays (Gu et al. 2022, arXiv:2206.11893). */
export const logOfOrdinals: Initialiser = (shape) => {
  let index = 0;
  return filled(shape, () => Math.log((index++ % shape.at(-1)!) + 1));
};

/** ln of a number uniform from 1 to 16 (Mamba-2's authors' code). */
export const logOfUniform: Initialiser = (shape, draw) => filled(shape, () => Math.log(1 + 15 * uniformNumber(draw)));
