import { add, cast, causalConvolution, concat, divide, equal, floor, multiply, pad, reshape, reverse, slice, transpose } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import { hideFilling, lastRealColumns } from './filling.js';
import type { LayerContext, StateDeclaration } from './layer.js';

/** [batch, rows, columns] -> [batch, columns, rows]; one token needs no moving. */
const channelsFirst = (x: Value, { length }: LayerContext): Value =>
  (length === 1 ? reshape(x, [x.shape[0]!, x.shape[2]!, x.shape[1]!]) : transpose(x, [0, 2, 1]));

export interface Taps {
  readonly weight: Value; // [channels, 1, kernel]
  readonly bias: Value; // [channels]
}

/**
 * Convolutions of x [batch, length, channels] over time, each channel on its own, that go on from the prefix; all of one kernel, so they carry
 * the same last inputs: `tail` [channels, kernel - 1]. Where noisy and clean copies stand side by side, noisy blocks go on from the clean ones.
 */
export function convolveOn(x: Value, taps: readonly Taps[], tail: StateDeclaration, context: LayerContext): readonly Value[] {
  const { prefix, realLengths, noisyLength } = context;
  if (noisyLength !== undefined) return convolveBesideClean(x, taps, context, noisyLength);
  const past = prefix?.read(tail);
  const columns = channelsFirst(hideFilling(x, context), context);
  const results = taps.map((own) => causalConvolution({ x: columns, ...own, ...(past && { past }) }));
  context.keep(tail, realLengths === undefined ? results[0]!.tail : lastRealColumns(columns, past, tail.shape[1]!, realLengths, context));
  return results.map(({ output }) => channelsFirst(output, context));
}

function convolveBesideClean(x: Value, taps: readonly Taps[], { batch, length, visibility: { blockSize } }: LayerContext, noisyLength: number): readonly Value[] {
  const [rows, blocks, channels] = [Number(batch), noisyLength / blockSize, Number(x.shape[2])];
  const clean = slice(x, 1, noisyLength, Number(length));
  const before = Number(taps[0]!.weight.shape[2]) - 1;
  const padded = pad(clean, 1, before, 0);
  const pasts = Array.from({ length: blocks }, (_, block) => slice(padded, 1, block * blockSize, block * blockSize + before));
  const turned = (columns: Value): Value => transpose(columns, [0, 2, 1]);
  const past = turned(reshape(concat(pasts.map((own) => reshape(own, [rows, 1, before, channels])), 1), [rows * blocks, before, channels]));
  const noisy = reshape(slice(x, 1, 0, noisyLength), [rows * blocks, blockSize, channels]);
  return taps.map((own) => {
    const ofNoisy = turned(causalConvolution({ x: turned(noisy), ...own, past }).output);
    return concat([reshape(ofNoisy, [rows, noisyLength, channels]), turned(causalConvolution({ x: turned(clean), ...own }).output)], 1);
  });
}

/** The same from the last token to the first, anew in each block of visibility: nothing is carried, and the result is in the order of time. */
export function convolveAhead(given: Value, taps: readonly Taps[], context: LayerContext): readonly Value[] {
  const { visibility: { blockSize }, positions, blockShift, batch, length, shared } = context;
  const x = hideFilling(given, context);
  if (blockSize === Infinity) {
    const columns = channelsFirst(reverse(x, 1), context);
    return taps.map((own) => reverse(channelsFirst(causalConvolution({ x: columns, ...own }).output, context), 1));
  }
  const shifted = blockShift === undefined ? positions : add(positions, reshape(blockShift, [batch, 1]));
  const blockAfter = (steps: number): Value => shared(`block ${blockSize} after ${steps}`, () => floor(divide(cast(add(shifted, steps), 'float32'), blockSize)));
  const ahead = (steps: number): Value => {
    const inBlock = shared(`in block ${blockSize} after ${steps}`, () => cast(reshape(equal(blockAfter(0), blockAfter(steps)), [batch, length, 1]), 'float32'));
    return multiply(slice(pad(x, 1, 0, steps), 1, steps), inBlock);
  };
  const [channels, , kernel] = taps[0]!.weight.shape.map(Number) as [number, number, number];
  const met = [x, ...Array.from({ length: kernel - 1 }, (_, i) => ahead(i + 1))];
  return taps.map(({ weight, bias }) => met.reduce((sum, rows, steps) => add(sum, multiply(rows, reshape(slice(weight, 2, kernel - 1 - steps, kernel - steps), [channels]))), bias));
}
