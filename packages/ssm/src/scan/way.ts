import { add, cast, divide, floor, less, linearAttention, reshape, reverse, silu, where } from '@palimpsest/graph';
import type { LinearAttentionOperands, Value } from '@palimpsest/graph';
import { convolveAhead, convolveOn } from '@palimpsest/layers';
import type { LayerContext, StateDeclaration } from '@palimpsest/layers';
import { attendWithRecent } from './recent.js';
import type { RecentRows } from './recent.js';

/** How a scan goes through the tokens of a pass, and what it takes from before them and leaves behind. */
export interface Way {
  /** From the order of time to the order of the scan, and back: [batch, length, ..] -> same. */
  readonly order: (x: Value) => Value;
  /** silu(convolution) over the tokens that the scan has met; x [batch, length, channels] in the order of time, the result in that of the scan. */
  readonly convolve: (x: Value, weight: Value, bias: Value) => Value;
  /** The recurrence over operands in the order of the scan. */
  readonly attend: (operands: Omit<LinearAttentionOperands, 'past'>) => Value;
}

/** What a scan carries: the last inputs of its convolution, [channels, kernel - 1], its state, and rows that are not in the state yet where it may lag. */
export interface Carried {
  readonly tail: StateDeclaration;
  readonly state: StateDeclaration;
  readonly recent?: RecentRows;
}

/** In the order of time, on from the prefix. */
export function forwards(context: LayerContext, carried: Carried): Way {
  const { prefix } = context;
  const from = (declaration: StateDeclaration): { readonly past?: Value } => (prefix === undefined ? {} : { past: prefix.read(declaration) });
  return {
    order: (x) => x,
    convolve: (x, weight, bias) => silu(convolveOn(x, [{ weight, bias }], carried.tail, context)[0]!),
    attend: (operands) => {
      const { state: lagging, recent } = carried;
      if (prefix?.recent !== undefined && recent !== undefined) return attendWithRecent(operands, { state: lagging, recent }, context, prefix);
      const { output, state } = linearAttention({ ...operands, ...from(carried.state) });
      context.keep(carried.state, state);
      return output;
    },
  };
}

/** exp of it is 0 in float32 and in float64. */
const forget = -1e4;

/** From the last token to the first, anew in each block of visibility. */
export function backwards(context: LayerContext): Way {
  const { visibility: { blockSize }, positions, blockShift, batch, length, shared } = context;
  const order = (x: Value): Value => reverse(x, 1);
  const convolve = (x: Value, weight: Value, bias: Value): Value => order(silu(convolveAhead(x, [{ weight, bias }], context)[0]!));
  const attend = (operands: Omit<LinearAttentionOperands, 'past'>): Value => linearAttention(operands).output;
  if (blockSize === Infinity) return { order, convolve, attend };
  const shifted = blockShift === undefined ? positions : add(positions, reshape(blockShift, [batch, 1]));
  const blockAfter = (steps: number): Value => floor(divide(cast(add(shifted, steps), 'float32'), blockSize));
  return {
    order,
    convolve,
    attend: (operands) => {
      const lastOfBlock = shared(`last of block ${blockSize}`, () => order(reshape(less(blockAfter(0), blockAfter(1)), [batch, length, 1])));
      return attend({ ...operands, decay: where(lastOfBlock, forget, operands.decay) });
    },
  };
}
