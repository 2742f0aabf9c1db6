import { GraphError } from '../error.js';
import { reshape, transpose } from '../expressions.js';
import { emptyReference } from '../interpreter/reference.js';
import type { Reference } from '../interpreter/reference.js';
import { showShape } from '../shape.js';
import type { Shape } from '../shape.js';
import type { Value } from '../value.js';

// Heads lie side by side in each row, [batch, length, heads · size], as products give them, or first, [batch, heads, length, size].

/** @throws GraphError where rows do not hold so many heads. */
export function headsFirstShape(where: string, shape: Shape, heads: number): Shape {
  const [batch, length, width] = shape;
  if (shape.length !== 3 || typeof width !== 'number' || width % heads !== 0) {
    throw new GraphError({ where, expected: `[batch, length, ${heads} heads · size]`, got: showShape(shape) });
  }
  return [batch!, heads, length!, width / heads];
}

export function headsFirst(x: Value, heads: number): Value {
  const [batch, , length, size] = headsFirstShape('heads', x.shape, heads);
  return transpose(reshape(x, [batch!, length!, heads, size!]), [0, 2, 1, 3]);
}

export function headsBeside(x: Value): Value {
  const [batch, heads, length, size] = x.shape;
  return reshape(transpose(x, [0, 2, 1, 3]), [batch!, length!, Number(heads) * Number(size)]);
}

/** [batch, first, second, size] -> [batch, second, first, size]. */
function exchanged({ data }: Reference, [batch, first, second, size]: readonly [number, number, number, number]): Reference {
  const output = emptyReference([batch, second, first, size]);
  for (let b = 0; b < batch; b++) {
    for (let i = 0; i < first; i++) {
      for (let j = 0; j < second; j++) {
        const from = ((b * first + i) * second + j) * size;
        output.data.set(data.subarray(from, from + size), ((b * second + j) * first + i) * size);
      }
    }
  }
  return output;
}

export function headsFirstReference(x: Reference, heads: number): Reference {
  const [batch, length, width] = x.shape as readonly [number, number, number];
  return exchanged(x, [batch, length, heads, width / heads]);
}

export function headsBesideReference(x: Reference): Reference {
  const [batch, heads, length, size] = x.shape as readonly [number, number, number, number];
  return { shape: [batch, length, heads * size], data: exchanged(x, [batch, heads, length, size]).data };
}
