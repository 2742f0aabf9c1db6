import { add, cast, divide, floor, less, reshape, reverse, where } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import { convolveAhead, convolveOn } from '../convolution.js';
import type { Taps } from '../convolution.js';
import type { LayerContext, Prefix, StateDeclaration } from '../layer.js';

/** What a recurrence reads of each token, [batch, length, ..] in the order in which it goes; and logarithms of what is left of the state. */
export type Operands = Readonly<Record<string, Value>> & { readonly decay: Value };

/** A state that fades and is written to, token by token. It is made of what it reads and constants, nothing else. */
export interface Recurrence<Read extends Operands> {
  /** Over tokens in order, from a state, zeros where it is absent: what they are answered, [batch, length, ..], and the state behind the last. */
  readonly run: (operands: Read, past?: Value) => { readonly output: Value; readonly state: Value };
  /** For states that fold: one token that leaves the state as it is and rows beside it. */
  readonly beside?: (operands: Read, context: LayerContext, prefix: Prefix) => Value;
}

/** How a layer goes through the tokens of a pass, and what it takes from before them and leaves behind. */
export interface Way {
  /** From the order of time to the order of the way, and back: [batch, length, ..] -> same. */
  readonly order: (x: Value) => Value;
  /** A convolution over the tokens that were met; x [batch, length, channels] in the order of time, the result in that of the way. */
  readonly convolve: (x: Value, taps: Taps, tail: StateDeclaration) => Value;
  /** A recurrence over operands in the order of the way. */
  readonly recur: <Read extends Operands>(recurrence: Recurrence<Read>, operands: Read, state: StateDeclaration) => Value;
}

/** In the order of time, on from the prefix. */
export function forwards(context: LayerContext): Way {
  const { prefix } = context;
  return {
    order: (x) => x,
    convolve: (x, taps, tail) => convolveOn(x, [taps], tail, context)[0]!,
    recur: ({ run, beside }, operands, declared) => {
      if (prefix?.recent !== undefined && beside !== undefined) return beside(operands, context, prefix);
      const { output, state } = run(operands, prefix?.read(declared));
      context.keep(declared, state);
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
  const convolve: Way['convolve'] = (x, taps) => order(convolveAhead(x, [taps], context)[0]!);
  if (blockSize === Infinity) return { order, convolve, recur: ({ run }, operands) => run(operands).output };
  const shifted = blockShift === undefined ? positions : add(positions, reshape(blockShift, [batch, 1]));
  const blockAfter = (steps: number): Value => floor(divide(cast(add(shifted, steps), 'float32'), blockSize));
  return {
    order,
    convolve,
    recur: ({ run }, operands) => {
      const lastOfBlock = shared(`last of block ${blockSize}`, () => order(reshape(less(blockAfter(0), blockAfter(1)), [batch, length, 1])));
      return run({ ...operands, decay: where(lastOfBlock, forget, operands.decay) }).output;
    },
  };
}
