import { cast, equal, gather, reshape, slice } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import type { Carried } from '../layer/fast-weights.js';
import { withOne } from '../inner-model/inner-model.js';
import { learn } from './learn.js';
import { afterLearning, headsBeside, headsFirst } from './learn-in-turns.js';
import type { Learned, Learning, Shown } from './learn-in-turns.js';

/** `learnInTurns` of a single token: no turns, nothing to move. `place` int64 [batch, 1]. */
export function learnFromOneToken(
  { inner, reconstruction, heads, reach }: Learning, { query, key, value, rate }: Shown, place: Value, before: Carried,
): Learned {
  const [queries, keys, values, rates] = [query, key, value, rate].map((x) => headsFirst(x, heads)) as [Value, Value, Value, Value];
  const target = reconstruction.target(keys, values);
  const perRow = (x: Value): Value => reshape(x, [place.shape[0]!, 1, 1, 1]);
  const { said, gradients } = learn(inner, before.weights, before.gradients, {
    query: withOne(queries), key: withOne(keys), rate: rates, reach: perRow(gather(reach, place)),
    slope: (heard) => reconstruction.slope(heard, target, reconstruction.parameters),
  });
  const size = Number(reach.shape[0]);
  const complete = perRow(cast(equal(place, size - 1), 'float32'));
  return { said: headsBeside(said), carried: afterLearning({ weights: before.weights, gradients }, complete, slice(reach, 0, size - 1, size)) };
}
