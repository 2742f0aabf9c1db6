import { causalConvolution, reshape, transpose } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import { hideFilling, lastRealColumns } from './filling.js';
import type { LayerContext, StateDeclaration } from './layer.js';

/** [batch, rows, columns] -> [batch, columns, rows]; one token needs no moving. */
export const channelsFirst = (x: Value, { length }: LayerContext): Value =>
  (length === 1 ? reshape(x, [x.shape[0]!, x.shape[2]!, x.shape[1]!]) : transpose(x, [0, 2, 1]));

export interface Taps {
  readonly weight: Value; // [channels, 1, kernel]
  readonly bias: Value; // [channels]
}

/**
 * Convolutions of x [batch, length, channels] over time, each channel on its own, that go on from the prefix; all of one kernel, so they carry
 * the same last inputs: `tail` [channels, kernel - 1].
 */
export function convolveOn(x: Value, taps: readonly Taps[], tail: StateDeclaration, context: LayerContext): readonly Value[] {
  const { prefix, realLengths } = context;
  const past = prefix?.read(tail);
  const columns = channelsFirst(hideFilling(x, context), context);
  const results = taps.map((own) => causalConvolution({ x: columns, ...own, ...(past && { past }) }));
  context.keep(tail, realLengths === undefined ? results[0]!.tail : lastRealColumns(columns, past, tail.shape[1]!, realLengths, context));
  return results.map(({ output }) => channelsFirst(output, context));
}
