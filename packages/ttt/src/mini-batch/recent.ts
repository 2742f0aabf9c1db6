import { add, cast, concat, cumulativeSum, equal, gather, matMul, minimum, multiply, pad, reshape, slice, split, subtract } from '@palimpsest/graph';
import type { Dimension, Value } from '@palimpsest/graph';
import type { LayerContext } from '@palimpsest/layers';
import { mapBy, withOne } from '../inner-model/inner-model.js';
import type { UsedMap } from '../inner-model/inner-model.js';
import type { Learning, Shown } from './learn-in-turns.js';
import { placeInMiniBatch } from './placement.js';

/*
 * Fast weights that lag behind by rows of their last tokens: bringing them out of the runtime at every token would cost as much as the layers. A
 * gradient is an outer product, so a row is its two factors, and what a token reads of them is a product with as many columns as there are rows.
 *
 *   here        shape                               meaning
 *   W, A        [batch, heads, from + 1, to]        weights and gradients as they were before the rows
 *   x[s], t[s]  [batch, heads, rows, from + 1], to  input of a map for the token of row s, and rate · slope at what the map gave; zeros where there is no row
 *   done[s]     [batch, 1, 1, rows]                 1 where the mini-batch of row s is complete, 0 where the token at hand is of the same one
 *   any         [batch, 1, 1, 1]                    1 where one is complete: A is of the first one's
 *
 *   weights for a reach r = W - (any last + (1 - any) r) A - sum over rows s of (done[s] last + (1 - done[s]) r) x[s]ᵀ t[s]
 *
 * With r = 0 these are the weights at the start of the mini-batch at hand.
 */

/** What is read of one layer's state; one value to a map. */
export interface Lagging {
  readonly weights: readonly UsedMap[]; // W
  readonly gradients: readonly Value[]; // A
  readonly inputs: readonly Value[]; // x
  readonly taught: readonly Value[]; // t
  /** One more than the row's place in its mini-batch, 0 where there is no row: [batch, 1, rows, 1]. */
  readonly places: Value;
}

/** A row to be kept. */
export interface Row {
  readonly inputs: readonly Value[]; // [batch, heads, 1, from + 1]
  readonly taught: readonly Value[]; // [batch, heads, 1, to]
  readonly place: Value; // [batch, 1, 1, 1]
}

/** any and done side by side, [batch, 1, 1, 1 + rows]; the same in all layers with mini-batches of a size. */
function completed(places: Value, miniBatch: number, batch: Dimension): Value {
  const ends = cast(equal(places, miniBatch), 'float32');
  const endsFromHere = cumulativeSum(pad(ends, 2, 1, 0), 2, { reverse: true });
  return reshape(minimum(endsFromHere, 1), [batch, 1, 1, Number(places.shape[2]) + 1]);
}

/** The maps by weights for a reach, none of which is built: `shares` is what that reach takes of A and of each row. */
function mapsBeside({ weights, gradients, inputs, taught }: Lagging, shares: Value): readonly UsedMap[] {
  const [ofGradients, ofRows] = split(shares, 3, [1, Number(shares.shape[3]) - 1]) as [Value, Value]; // as many as sizes
  return weights.map((weight, map) => {
    const gained = mapBy(gradients[map]!);
    const [input, slopes] = [inputs[map]!, taught[map]!];
    const less = (whole: Value, older: Value, factors: Value, rows: Value): Value => subtract(whole, add(multiply(older, ofGradients), matMul(multiply(factors, ofRows), rows)));
    return {
      ahead: (x) => less(weight.ahead(x), gained.ahead(x), matMul(x, input, { transposeRight: true }), slopes),
      back: (slope) => less(weight.back(slope), gained.back(slope), matMul(slope, slopes, { transposeRight: true }), slice(input, -1, 0, Number(input.shape[3]) - 1)),
    };
  });
}

/** `learnInTurns` of a single token that leaves a row and no weights. Its twin are weights that are stepped. */
export function learnBesideRows(
  { inner, reconstruction, heads, reach }: Learning, { query, key, value, rate }: Shown, context: LayerContext, lagging: Lagging,
): { readonly said: Value; readonly row: Row } {
  const { batch, shared } = context;
  const miniBatch = Number(reach.shape[0]);
  const headSize = Number(query.shape[2]) / heads;
  const perHead = (x: Value, size = headSize): Value => reshape(x, [batch, heads, 1, size]);
  const perRow = (x: Value): Value => reshape(x, [batch, 1, 1, 1]);
  const [q, k, v, pace] = [perHead(query), perHead(key), perHead(value), perHead(rate, 1)];
  const place = placeInMiniBatch(context, miniBatch);
  const own = perRow(gather(reach, place));
  const done = shared(`complete mini-batches of ${miniBatch}`, () => completed(lagging.places, miniBatch, batch)); // all layers keep the same places
  const last = slice(reach, 0, miniBatch - 1, miniBatch);
  const [keyed, asked] = [withOne(k), withOne(q)];
  const shares = [multiply(done, last), add(multiply(done, subtract(last, own)), own)] as const;
  const [atStart, reached] = shares.map((each) => mapsBeside(lagging, each)) as [readonly UsedMap[], readonly UsedMap[]];
  const both = mapsBeside(lagging, concat(shares, 2))[0]!.ahead(concat([keyed, asked], 2)); // what the first map reads is known for both
  const known = ([first, ...others]: readonly UsedMap[], outcome: number): readonly UsedMap[] => [{ ...first!, ahead: () => slice(both, 2, outcome, outcome + 1) }, ...others];
  const target = reconstruction.target(k, v);
  const lessons = inner.study(keyed, known(atStart, 0), (said) => reconstruction.slope(said, target, reconstruction.parameters))
    .map(({ input, slope }) => ({ input, taught: multiply(slope, pace) }));
  const readers = known(reached, 1).map(({ ahead }, map) => (x: Value): Value => {
    const { input, taught } = lessons[map]!;
    return subtract(ahead(x), multiply(taught, multiply(matMul(x, input, { transposeRight: true }), own)));
  });
  return {
    said: reshape(inner.say(asked, readers), [batch, 1, heads * headSize]),
    row: { inputs: lessons.map(({ input }) => input), taught: lessons.map(({ taught }) => taught), place: perRow(add(cast(place, 'float32'), 1)) },
  };
}

/** What the state becomes once its rows are in it: by map how much is to be taken from W, and A. `last` is the reach of a mini-batch's last token. */
export function folded({ gradients, inputs, taught, places }: Omit<Lagging, 'weights'>, miniBatch: number, last: Value, batch: Dimension): { readonly steps: readonly Value[]; readonly gradients: readonly Value[] } {
  const rows = Number(places.shape[2]);
  const done = completed(places, miniBatch, batch);
  const [any, ofRows] = split(done, 3, [1, rows]) as [Value, Value]; // as many as sizes
  const sums = (share: Value, old: Value): readonly Value[] => gradients.map((gradient, map) =>
    add(multiply(gradient, old), matMul(inputs[map]!, multiply(taught[map]!, reshape(share, [batch, 1, rows, 1])), { transposeLeft: true })));
  return { steps: sums(ofRows, any).map((sum) => multiply(sum, last)), gradients: sums(subtract(1, ofRows), subtract(1, any)) };
}
