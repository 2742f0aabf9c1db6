import { add, constant, everyNth, lessOrEqual, maximum, minimum, multiply, multiplyDimensions, reshape, reverse, slice, subtract, where } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import type { LayerContext } from '@palimpsest/layers';
import { byIndex, countOf, counted, quotient, remainder, wholeSequences, zeroToEach } from './placement.js';
import type { Placement } from './placement.js';

/** The tokens of a pass from the last to the first, anew in each block of visibility: a sequence to each block, whose mini-batches begin at its end. */
export interface PlacementBackwards extends Placement {
  /** Position of each token in its mini-batch, int64 [batch, length]. */
  readonly places: Value;
}

export function placeBackwards(context: LayerContext, size: number): PlacementBackwards {
  return context.shared(`mini-batches of ${size}, backwards`, () => {
    const blocks = blocksOf(context);
    return { ...(wholeBlocks(context, size) ?? blocksAnywhere(context, blocks, size)), places: remainder(blocks.ahead, size) };
  });
}

/** Blocks of visibility that a pass touches, each cut where the pass begins and ends; positions as visibility has them. */
interface Blocks {
  readonly first: Value; // of the pass, int64 [batch, 1]
  /** First and last position of each block in the pass, int64 [batch, blocks]; the last is before the first where there is none. */
  readonly begin: Value;
  readonly end: Value;
  /** Which block each token is in, counted from the pass's first, int64 [batch, length] or [1, 1]. */
  readonly own: Value;
  /** How many tokens of its block come after each, int64 [batch, length]. */
  readonly ahead: Value;
}

function blocksOf({ batch, length, positions, blockShift, realLengths, prefix, visibility: { blockSize } }: LayerContext): Blocks {
  const shifted = blockShift === undefined ? positions : add(positions, reshape(blockShift, [batch, 1]));
  const first = slice(shifted, 1, 0, 1);
  const line = reshape(slice(positions, 0, 0, 1), [length]);
  const last = subtract(add(first, realLengths === undefined ? countOf(line) : reshape(realLengths, [batch, 1])), 1);
  const aheadOf = (end: Value): Value => maximum(subtract(end, shifted), 0); // what fills a row up lies behind the end
  if (blockSize === Infinity) return { first, begin: first, end: last, own: constant([1, 1], [0], 'int64'), ahead: aheadOf(last) };
  const endOf = (block: Value): Value => minimum(add(multiply(block, blockSize), blockSize - 1), last);
  const block = quotient(shifted, blockSize);
  const firstBlock = quotient(first, blockSize);
  const beyond = prefix === undefined && blockShift !== undefined ? blockSize - 1 : 0; // a prefix ends where a block does
  const ordinals = counted(everyNth(counted(line, beyond), 0, blockSize));
  const each = add(firstBlock, reshape(ordinals, [1, ordinals.shape[0]!]));
  return { first, begin: maximum(multiply(each, blockSize), first), end: endOf(each), own: subtract(block, firstBlock), ahead: aheadOf(endOf(block)) };
}

/** Where all sequences are alike and of a known length no token is picked by index. */
function wholeBlocks({ batch, length, prefix, realLengths, blockShift, visibility: { blockSize } }: LayerContext, size: number): Placement | undefined {
  if (typeof batch !== 'number' || typeof length !== 'number' || (prefix ?? realLengths ?? blockShift) !== undefined) return undefined;
  const columns = blockSize === Infinity ? length : blockSize;
  if (length % columns > 0) return undefined;
  const sequences = (batch * length) / columns;
  const inTurn = wholeSequences(sequences, columns, size);
  return {
    zero: zeroToEach(constant([sequences], new Float64Array(sequences), 'int64')),
    place: (x) => inTurn.place(reverse(reshape(x, [sequences, columns, x.shape[2]!]), 1)),
    collect: (y) => reshape(reverse(inTurn.collect(y), 1), [batch, length, y.shape[3]!]),
  };
}

/** The token with n others of its block ahead of it lies at slot n of the block's sequence. */
function blocksAnywhere({ batch, length, positions, visibility: { blockSize } }: LayerContext, { first, begin, end, own, ahead }: Blocks, size: number): Placement {
  const row = reshape(slice(positions, 1, 0, 1), [batch]);
  const line = reshape(slice(positions, 0, 0, 1), [length]);
  const blocks = end.shape[1]!;
  const [rows, tokens, blockCount] = [countOf(row), countOf(line), countOf(reshape(slice(end, 0, 0, 1), [blocks]))];
  const starts = multiply(turnsOf(line, Math.min(blockSize, typeof length === 'number' ? length : Infinity), size), size);
  const turns = starts.shape[0]!;
  const slots = add(reshape(starts, [turns, 1, 1, 1]), constant([size], Array.from({ length: size }, (_, i) => i), 'int64'));
  const ofBlock = (x: Value): Value => reshape(x, [batch, x.shape[1]!, 1]);
  const position = subtract(ofBlock(end), slots); // [turns, batch, blocks, size]
  const token = add(multiply(reshape(counted(row), [batch, 1, 1]), tokens), subtract(position, ofBlock(first)));
  const from = where(lessOrEqual(ofBlock(begin), position), token, multiply(rows, tokens));
  const sequences = multiplyDimensions([batch, blocks]);
  const sequence = add(multiply(reshape(counted(row), [batch, 1]), blockCount), own);
  const back = add(multiply(add(multiply(quotient(ahead, size), multiply(rows, blockCount)), sequence), size), remainder(ahead, size));
  return { ...byIndex([batch, length], reshape(from, [turns, sequences, size]), back), zero: zeroToEach(reshape(end, [sequences])) };
}

/** 0, 1, .. as many as there are mini-batches to a block, which is as long as `line` where its length is not known. */
const turnsOf = (line: Value, length: number, size: number): Value =>
  (length === Infinity ? counted(everyNth(line, 0, size)) : constant([Math.ceil(length / size)], Array.from({ length: Math.ceil(length / size) }, (_, turn) => turn), 'int64'));
