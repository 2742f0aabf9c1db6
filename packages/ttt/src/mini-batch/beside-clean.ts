import { concat, constant, gather, pad, reshape, slice, transpose } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import type { LayerContext } from '@palimpsest/layers';
import { learnInTurns, untaught } from './learn-in-turns.js';
import type { Learning, Shown } from './learn-in-turns.js';
import { wholeSequences, zeroToEach } from './placement.js';
import type { Placement } from './placement.js';

const zeros = (entries: number): Value => zeroToEach(constant([entries], new Float64Array(entries), 'int64'));

/**
 * In the order of time, over noisy and clean copies of one text. The models learn through the clean copy; each noisy block, all of them at once,
 * sets out from the weights at the start of the mini-batch in which it begins, learns again from the clean tokens of it that come
 * before the block, and goes on with its own.
 */
export function learnBesideClean(learning: Learning, shown: Shown, { batch, length, visibility: { blockSize } }: LayerContext, noisyLength: number): Value {
  const [rows, size] = [Number(batch), Number(learning.reach.shape[0])];
  const cleanOf = (x: Value): Value => slice(x, 1, noisyLength, Number(length));
  const whole: Placement = { ...wholeSequences(rows, noisyLength, size), zero: zeros(rows) };
  const clean = learnInTurns(
    learning, { query: cleanOf(shown.query), key: cleanOf(shown.key), value: cleanOf(shown.value), rate: cleanOf(shown.rate) }, whole, { weights: untaught(learning, whole) },
  );
  const blocks = Array.from({ length: noisyLength / blockSize }, (_, block): Start => ({ turn: Math.floor((block * blockSize) / size), before: (block * blockSize) % size }));
  const weights = clean.starts.map((starts) => {
    const [, , ...shape] = starts.shape.map(Number);
    const each = gather(starts, constant([blocks.length], blocks.map(({ turn }) => turn), 'int64')); // [blocks, rows, ..]
    return reshape(transpose(each, [1, 0, ...shape.map((_, axis) => axis + 2)]), [rows * blocks.length, ...shape]);
  });
  const noisy = learnInTurns(learning, shown, besideClean(rows, noisyLength, blockSize, size, blocks), { weights });
  return concat([noisy.said, clean.said], 1);
}

/** Where a block begins: in which mini-batch, and how many of its tokens come before. */
interface Start {
  readonly turn: number;
  readonly before: number;
}

/** A sequence to each noisy block: first the clean tokens of its mini-batch that come before it. `place` reads both copies, `collect` gives the noisy one. */
function besideClean(rows: number, noisyLength: number, blockSize: number, size: number, blocks: readonly Start[]): Placement {
  const turns = Math.ceil(Math.max(...blocks.map(({ before }) => before + blockSize)) / size);
  const slots = turns * size;
  const from = blocks.flatMap(({ turn, before }) => Array.from({ length: slots }, (_, slot) => {
    const position = turn * size + slot;
    if (slot < before) return noisyLength + position;
    return slot < before + blockSize ? position : 2 * noisyLength; // zeros beyond the copies
  }));
  const back = blocks.flatMap(({ before }, block) => Array.from({ length: blockSize }, (_, i) => block * slots + before + i));
  return {
    place: (x) => {
      const picked = gather(pad(x, 1, 0, 1), constant([blocks.length, turns, size], from, 'int64'), 1); // [rows, blocks, turns, size, width]
      return reshape(transpose(picked, [2, 0, 1, 3, 4]), [turns, rows * blocks.length, size, x.shape[2]!]);
    },
    collect: (y) => {
      const apart = transpose(reshape(y, [turns, rows, blocks.length, size, y.shape[3]!]), [1, 2, 0, 3, 4]);
      return gather(reshape(apart, [rows, blocks.length * slots, y.shape[3]!]), constant([noisyLength], back, 'int64'), 1);
    },
    zero: zeros(rows * blocks.length),
  };
}
