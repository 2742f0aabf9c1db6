import { add, and, cast, constant, cumulativeSum, divide, everyNth, floor, gather, less, lessOrEqual, multiply, multiplyDimensions, pad, reshape, reverse, slice, subtract, transpose, where } from '@palimpsest/graph';
import type { Dimension, Value } from '@palimpsest/graph';
import type { LayerContext } from '@palimpsest/layers';

/** The tokens of a pass in mini-batches of one size, sequence by sequence: a row of the pass, or a block of one. */
export interface Placement {
  /** [batch, length, width] -> [turns, sequences, size, width]; zeros where a mini-batch has no token of this pass. */
  readonly place: (x: Value) => Value;
  /** The other way. */
  readonly collect: (y: Value) => Value;
  /** A zero for each sequence, [sequences, 1, 1, 1]. */
  readonly zero: Value;
  /** 1 where the last token of the mini-batch is in this pass, [turns, sequences, 1, 1, 1]. Absent where only the last mini-batch may be cut, and nothing follows. */
  readonly complete?: Value;
}

/** Position of each token in its mini-batch, int64 [batch, length]: mini-batches begin where a position is a multiple of their size. */
export const placeInMiniBatch = ({ positions, shared }: LayerContext, size: number): Value =>
  shared(`place in mini-batches of ${size}`, () => remainder(positions, size));

/** x / by, rounded down; exact below 2^23. */
export const quotient = (x: Value, by: number): Value => (by === 1 ? x : cast(floor(divide(cast(x, 'float32'), by)), 'int64'));
export const remainder = (x: Value, by: number): Value => subtract(x, multiply(quotient(x, by), by));

export function placeInMiniBatches(context: LayerContext, size: number): Placement {
  const { length, prefix } = context;
  return context.shared(`mini-batches of ${size}`, () => (typeof length === 'number' && prefix === undefined ? fromTheStart(context, length, size) : fromAnywhere(context, size)));
}

/** Every sequence is of a known length and begins with a mini-batch: no token moves, the last mini-batch is filled up. */
export function wholeSequences(sequences: Dimension, length: number, size: number): Pick<Placement, 'place' | 'collect'> {
  const turns = Math.ceil(length / size);
  return {
    place: (x) => transpose(reshape(pad(x, 1, 0, turns * size - length), [sequences, turns, size, x.shape[2]!]), [1, 0, 2, 3]),
    collect: (y) => slice(reshape(transpose(y, [1, 0, 2, 3]), [sequences, turns * size, y.shape[3]!]), 1, 0, length),
  };
}

function fromTheStart({ batch, positions, realLengths }: LayerContext, length: number, size: number): Placement {
  const turns = Math.ceil(length / size);
  const ends = Array.from({ length: turns }, (_, turn) => (turn + 1) * size);
  const complete = realLengths === undefined
    ? constant([turns, 1, 1, 1, 1], ends.map((end) => Number(end <= length)))
    : reshape(cast(lessOrEqual(constant([turns, 1], ends, 'int64'), reshape(realLengths, [1, batch])), 'float32'), [turns, batch, 1, 1, 1]);
  const zero = zeroToEach(reshape(slice(positions, 1, 0, 1), [batch]));
  return { ...wholeSequences(batch, length, size), zero, ...((realLengths !== undefined || length % size > 0) && { complete }) };
}

/** 0, 1, .. as many as x has entries, and `more`; x int64 of one axis. */
export const counted = (x: Value, more = 0): Value => cumulativeSum(add(multiply(pad(x, 0, 0, more), 0), 1), 0, { exclusive: true });
/** How many entries x has, int64 [1]. */
export const countOf = (x: Value): Value => add(slice(reverse(counted(x), 0), 0, 0, 1), 1);

/**
 * Rows begin anywhere, each in another place of its mini-batch: tokens are picked by index, so that turn n holds the n-th mini-batch that each
 * row touches. With m the place of its first token, token t of row r lies at slot m + t.
 */
function fromAnywhere({ batch, length, positions, prefix, realLengths, shared }: LayerContext, size: number): Placement {
  const first = reshape(slice(positions, 1, 0, 1), [batch]);
  const offset = reshape(remainder(first, size), [batch, 1]); // m
  const line = reshape(slice(positions, 0, 0, 1), [length]);
  const [tokens, rows] = [countOf(line), countOf(first)];
  const row = reshape(counted(first), [batch, 1]);
  const starts = multiply(counted(everyNth(counted(line, prefix === undefined ? 0 : size - 1), 0, size)), size);
  const turns = starts.shape[0]!;
  const slots = add(reshape(starts, [turns, 1, 1]), constant([1, 1, size], Array.from({ length: size }, (_, i) => i), 'int64')); // [turns, 1, size]

  const token = subtract(slots, offset); // [turns, batch, size]
  const here = and(lessOrEqual(0, token), less(token, tokens));
  const from = where(here, add(multiply(row, tokens), token), multiply(rows, tokens)); // beyond the last row lies one of zeros
  const slot = add(shared('index of token', () => reshape(counted(line), [1, length])), offset); // [batch, length]
  const turn = quotient(slot, size);
  const back = add(multiply(add(multiply(turn, rows), row), size), subtract(slot, multiply(turn, size)));
  const end = add(offset, realLengths === undefined ? tokens : reshape(realLengths, [batch, 1]));
  return {
    ...byIndex([batch, length], from, back),
    zero: zeroToEach(first),
    complete: reshape(cast(lessOrEqual(reshape(add(starts, size), [turns, 1]), reshape(end, [1, batch])), 'float32'), [turns, batch, 1, 1, 1]),
  };
}

/** One axis of integers as zeros, [entries, 1, 1, 1]. */
export const zeroToEach = (entries: Value): Value => reshape(cast(multiply(entries, 0), 'float32'), [entries.shape[0]!, 1, 1, 1]);

/**
 * @param from int64 [turns, sequences, size], of each slot the token's index in the flat pass, batch · length for none.
 * @param back int64 [batch, length], of each token its slot's index.
 */
export const byIndex = ([batch, length]: readonly [Dimension, Dimension], from: Value, back: Value): Pick<Placement, 'place' | 'collect'> => ({
  place: (x) => gather(pad(reshape(x, [multiplyDimensions([batch, length]), x.shape[2]!]), 0, 0, 1), from),
  collect: (y) => gather(reshape(y, [multiplyDimensions(from.shape), y.shape[3]!]), back),
});
