import { add, multiply, reshape, scalar, scan, slice, subtract, transpose } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import type { InnerModel } from '../inner-model/inner-model.js';
import { withOne } from '../inner-model/inner-model.js';
import type { Reconstruction } from '../reconstruction.js';
import type { Carried } from '../layer/fast-weights.js';
import { learn } from './learn.js';
import type { Placement } from './placement.js';
import { tell } from './told.js';
import type { Told } from './told.js';

/** What the inner models of a layer are shown, in the order of time. */
export interface Shown {
  readonly query: Value; // [batch, length, heads · headSize]
  readonly key: Value; // the same
  readonly value: Value; // the same
  readonly rate: Value; // [batch, length, heads]
}

export interface Learning {
  readonly inner: InnerModel;
  /** Where learning starts, by map: [heads, from + 1, to]. */
  readonly initial: readonly Value[];
  readonly reconstruction: Reconstruction;
  readonly heads: number;
  /** By the place of a token in its mini-batch, [size]: the share of the gradients up to it that it reads. */
  readonly reach: Value;
}

/** What the models say of the queries, [batch, length, heads · headSize], and what is carried on. */
export interface Learned {
  readonly said: Value;
  readonly carried: Carried;
}

export interface LearnedInTurns extends Learned {
  /** Weights at the start of each mini-batch, by map: [turns, sequences, heads, from + 1, to]. */
  readonly starts: readonly Value[];
  /** Where somebody asks. */
  readonly told?: Told;
}

/** Each sequence's weights where it begins to learn, [sequences, heads, from + 1, to]. */
export const untaught = ({ initial }: Learning, { zero }: Placement): readonly Value[] => initial.map((weight) => add(weight, zero));

/** [.., tokens, heads · size] -> [.., heads, tokens, size] */
function headsFirst(x: Value, heads: number): Value {
  const axes = x.shape.length;
  const apart = reshape(x, [...x.shape.slice(0, -1), heads, Number(x.shape.at(-1)) / heads]);
  return transpose(apart, [...Array.from({ length: axes - 2 }, (_, axis) => axis), axes - 1, axes - 2, axes]);
}

/** [.., heads, tokens, size] -> [.., tokens, heads · size] */
function headsBeside(x: Value): Value {
  const axes = x.shape.length;
  const moved = transpose(x, [...Array.from({ length: axes - 3 }, (_, axis) => axis), axes - 2, axes - 3, axes - 1]);
  return reshape(moved, [...moved.shape.slice(0, -2), Number(moved.shape.at(-2)) * Number(moved.shape.at(-1))]);
}

/** What is carried once a mini-batch, or a part of it, was learnt: where its last token was there it counts, and the next begins. */
function afterLearning({ weights, gradients }: Carried, complete: Value, lastReach: Value): Carried {
  const counts = multiply(complete, lastReach);
  const open = subtract(1, complete);
  return {
    weights: weights.map((weight, map) => subtract(weight, multiply(gradients[map]!, counts))),
    gradients: gradients.map((gradient) => multiply(gradient, open)),
  };
}

/**
 * One mini-batch after the other, all sequences at once.
 * @param before weights, and where a prefix may have left some the gradients of unfinished mini-batches.
 */
export function learnInTurns(
  { inner, reconstruction, heads, reach, initial: start }: Learning, { query, key, value, rate }: Shown, placement: Placement,
  before: { readonly weights: readonly Value[]; readonly gradients?: readonly Value[] }, isToken?: Value,
): LearnedInTurns {
  const placed = (x: Value): Value => headsFirst(placement.place(x), heads);
  const size = Number(reach.shape[0]);
  const [queries, keys, values, rates] = [query, key, value, rate].map(placed) as [Value, Value, Value, Value];
  const { complete } = placement;
  const maps = before.weights.length;
  const none = (): readonly Value[] => before.weights.map((weight) => multiply(weight, 0));
  const given = before.gradients ?? (complete === undefined ? [] : none());
  const { carried, results, starts } = scan({
    carried: [...before.weights, ...given],
    sequences: [
      withOne(queries), withOne(keys), reconstruction.target(keys, values), rates,
      ...(isToken === undefined ? [] : [headsFirst(placement.place(isToken), 1)]), ...(complete === undefined ? [] : [complete]),
    ],
    shared: [reshape(reach, [size, 1]), ...(isToken === undefined ? [] : start), ...reconstruction.parameters],
    turn: ({ carried: now, slices: [q, k, target, pace, ...others], shared: [reaches, ...more] }) => {
      const [counts, whole] = isToken === undefined ? [undefined, others[0]] : [others[0], others[1]];
      const [initial, parameters] = isToken === undefined ? [[], more] : [more.slice(0, maps), more.slice(maps)];
      const weights = now.slice(0, maps);
      const gradients = now.slice(maps);
      const slope = (said: Value): Value => reconstruction.slope(said, target!, parameters);
      // from the start no mini-batch has tokens of another pass: what is carried stands still there and is not read
      const learnt = learn(inner, weights, before.gradients && gradients, { query: q!, key: k!, rate: pace!, reach: reaches!, slope });
      const last = slice(reaches!, 0, size - 1, size);
      const told = counts === undefined ? [] : tell(inner, {
        weights, initial, key: k!, isToken: counts, error: (said) => reconstruction.error(said, target!, parameters),
        learnt: afterLearning({ weights, gradients: learnt.gradients }, scalar(1), last).weights,
      });
      if (whole === undefined) return { carried: weights.map((weight, map) => subtract(weight, multiply(learnt.gradients[map]!, last))), results: [learnt.said, ...told] };
      const soFar = before.gradients === undefined ? learnt.gradients.map((own, map) => add(own, gradients[map]!)) : learnt.gradients;
      const next = afterLearning({ weights, gradients: soFar }, whole, last);
      return { carried: [...next.weights, ...next.gradients], results: [learnt.said, ...told] };
    },
  });
  const [said, lossBefore, lossAfter, tokens, moved] = results;
  return {
    said: placement.collect(headsBeside(said!)),
    carried: { weights: carried.slice(0, maps), gradients: complete === undefined ? none() : carried.slice(maps) },
    starts: starts.slice(0, maps),
    ...(isToken !== undefined && { told: { lossBefore: lossBefore!, lossAfter: lossAfter!, tokens: tokens!, moved: moved! } }),
  };
}
