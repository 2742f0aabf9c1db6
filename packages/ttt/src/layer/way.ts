import { add, cast, multiply, reshape } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import { convolveAhead, convolveOn, hideFilling } from '@palimpsest/layers';
import type { LayerContext, StateDeclaration, Taps } from '@palimpsest/layers';
import { placeBackwards } from '../mini-batch/backwards.js';
import { learnBesideClean } from '../mini-batch/beside-clean.js';
import { learnInTurns, untaught } from '../mini-batch/learn-in-turns.js';
import type { Learning, Shown } from '../mini-batch/learn-in-turns.js';
import { placeInMiniBatch, placeInMiniBatches } from '../mini-batch/placement.js';
import { learnBesideRows } from '../mini-batch/recent.js';
import type { FastWeights } from './fast-weights.js';

/** How a learner goes through the tokens of a pass. What goes in and what comes out is in the order of time. */
export interface Way {
  readonly name: string;
  /** Convolutions over the tokens that the learner has met; x [batch, length, channels]. */
  readonly convolve: (x: Value, taps: readonly Taps[]) => readonly Value[];
  /** Position of each token in its mini-batch, int64 [batch, length]. */
  readonly places: Value;
  /** What the models say of each query once they have learnt from the tokens up to it, [batch, length, heads · headSize]. */
  readonly learn: (learning: Learning, shown: Shown) => Value;
}

/** What the learner in the order of time carries: its weights, and the last inputs of its convolutions, [channels, kernel - 1]. */
export interface Carries {
  readonly fast: FastWeights;
  readonly tail: StateDeclaration | undefined;
}

/** A one for each token, zeros where a row is filled up: [batch, length, 1]. */
const oneToEach = (context: LayerContext): Value =>
  hideFilling(reshape(cast(add(multiply(context.positions, 0), 1), 'float32'), [context.batch, context.length, 1]), context);

/** In the order of time, on from the prefix. Mini-batches are those of the text, wherever blocks of visibility or passes begin. */
export function forwards(context: LayerContext, { fast, tail }: Carries, miniBatch: number, where: string): Way {
  const { prefix, noisyLength, observe } = context;
  const places = placeInMiniBatch(context, miniBatch);
  const learnOn = (learning: Learning, shown: Shown): Value => {
    if (prefix?.recent !== undefined) {
      const { said, row } = learnBesideRows(learning, shown, context, fast.readLagging(learning.initial, prefix));
      fast.keepRow(row, context);
      return said;
    }
    const before = prefix && fast.read(learning.initial, context);
    const placement = placeInMiniBatches(context, miniBatch);
    const { said, carried, told } = learnInTurns(learning, shown, placement, before ?? { weights: untaught(learning, placement) }, observe && oneToEach(context));
    fast.keep(learning.initial, carried, context);
    for (const [what, value] of Object.entries<Value>({ ...told })) observe?.(`${where}.${what}`, reshape(value, value.shape.slice(0, 3)));
    return said;
  };
  return {
    name: 'forwards', places,
    convolve: (x, taps) => convolveOn(x, taps, tail!, context), // a layer with taps has it
    learn: noisyLength === undefined ? learnOn : (learning, shown) => learnBesideClean(learning, shown, context, noisyLength),
  };
}

/** From the last token to the first, anew in each block of visibility: nothing is carried. */
export function backwards(context: LayerContext, miniBatch: number): Way {
  const placement = placeBackwards(context, miniBatch);
  return {
    name: 'backwards', places: placement.places,
    convolve: (x, taps) => convolveAhead(x, taps, context),
    learn: (learning, shown) => learnInTurns(learning, shown, placement, { weights: untaught(learning, placement) }).said,
  };
}
