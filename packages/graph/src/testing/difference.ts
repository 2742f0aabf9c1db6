import { GraphError } from '../error.js';
import type { Reference } from '../interpreter/reference.js';
import { sameShape, showShape } from '../shape.js';

/**
 * Largest difference between two tensors relative to the largest finite entry of `expected`; Infinity where only one of
 * two entries is finite or a number.
 * @throws GraphError when the shapes differ.
 */
export function relativeDifference(actual: Reference, expected: Reference): number {
  if (!sameShape(actual.shape, expected.shape)) {
    throw new GraphError({ where: 'relativeDifference', expected: showShape(expected.shape), got: showShape(actual.shape) });
  }
  const scale = expected.data.reduce((largest, value) => (Number.isFinite(value) ? Math.max(largest, Math.abs(value)) : largest), 0);
  return expected.data.reduce((worst, value, i) => {
    const came = actual.data[i]!;
    if (Object.is(came, value) || came === value) return worst;
    const difference = Math.abs(came - value);
    return Number.isFinite(difference) ? Math.max(worst, scale === 0 ? Infinity : difference / scale) : Infinity;
  }, 0);
}
