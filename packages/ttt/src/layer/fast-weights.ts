import { add, cast, concat, multiply, reshape, slice, subtract } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import { normal, zeros } from '@palimpsest/layers';
import type { Fold, LayerContext, Prefix, Scope, StateDeclaration } from '@palimpsest/layers';
import { mapBy, sumOfMaps } from '../inner-model/inner-model.js';
import type { InnerModel } from '../inner-model/inner-model.js';
import { folded } from '../mini-batch/recent.js';
import type { Lagging, Row } from '../mini-batch/recent.js';

/** Weights of the inner models and the gradients of their unfinished mini-batches, one of each to a map: [batch, heads, from + 1, to]. */
export interface Carried {
  readonly weights: readonly Value[];
  readonly gradients: readonly Value[];
}

export interface FastWeights {
  /** Where learning starts, by map: [heads, from + 1, to]. */
  readonly initial: readonly Value[];
  /** What the context has learnt; gradients are absent where tokens start a sequence. */
  readonly read: (context: LayerContext) => { readonly weights: readonly Value[]; readonly gradients?: readonly Value[] };
  readonly keep: (carried: Carried, context: LayerContext) => void;
  /** What the context has learnt where a single token is to leave a row behind. */
  readonly readLagging: (prefix: Prefix) => Lagging;
  readonly keepRow: (row: Row, context: LayerContext) => void;
  /** Zeros [batch, heads, from + 1, to]. */
  readonly none: (context: LayerContext) => readonly Value[];
}

export interface FastWeightSizes {
  readonly heads: number;
  readonly headSize: number;
  readonly miniBatch: number;
  /** The reach of a mini-batch's last token, [1]; asked for when the layer's parameters are all declared. */
  readonly last: () => Value;
}

/**
 * The state is how far the weights have moved from where they start, and the gradients since: zeros are an empty context, and a state says
 * what was learnt from the text alone. Beside it lie rows of single tokens that it lags behind by.
 */
export function fastWeights(scope: Scope, { maps }: InnerModel, { heads, headSize, miniBatch, last }: FastWeightSizes): FastWeights {
  const fold = (of: (after: ReturnType<typeof folded>, read: Prefix['read']) => Value): Fold => (read, { batch }) => of(folded(held(read), miniBatch, last(), batch), read);
  const declared = maps(headSize).map(({ weight, bias, from, to }, map) => {
    const shape = [heads, from + 1, to];
    const change: StateDeclaration = scope.state(`${weight}.change`, shape, 'fixed', { mayOverflow: true, fold: fold(({ steps }, read) => subtract(read(change), steps[map]!)) });
    const gradient = scope.state(`${weight}.gradient`, shape, 'fixed', { mayOverflow: true, fold: fold(({ gradients }) => gradients[map]!) });
    return {
      change, gradient,
      initial: concat([
        scope.parameter(weight, [heads, from, to], { initialise: normal(0.02), role: 'vector' }), // no matrix of the outer model: one to a head
        scope.parameter(bias, [heads, 1, to], { initialise: zeros, role: 'vector' }),
      ], 1),
      input: scope.state(`${weight}.recent.input`, [heads, from + 1], 'recent'),
      taught: scope.state(`${weight}.recent.taught`, [heads, to], 'recent', { mayOverflow: true }),
    };
  });
  const place = scope.state('recent.place', [1, 1], 'recent');
  const held = (read: Prefix['read']): Omit<Lagging, 'weights'> => ({
    gradients: declared.map(({ gradient }) => read(gradient)), inputs: declared.map(({ input }) => read(input)), taught: declared.map(({ taught }) => read(taught)), places: read(place),
  });
  const none = ({ positions, batch, shared }: LayerContext): readonly Value[] => {
    const zero = shared('zero for each row', () => reshape(cast(multiply(slice(positions, 1, 0, 1), 0), 'float32'), [batch, 1, 1, 1]));
    return declared.map(({ initial }) => add(multiply(initial, 0), zero));
  };
  return {
    initial: declared.map(({ initial }) => initial),
    none,
    read: (context) => {
      const { prefix } = context;
      if (prefix === undefined) return { weights: none(context).map((zero, map) => add(declared[map]!.initial, zero)) };
      return { weights: declared.map(({ initial, change }) => add(initial, prefix.read(change))), gradients: declared.map(({ gradient }) => prefix.read(gradient)) };
    },
    keep: ({ weights, gradients }, { keep }) => {
      for (const [map, { change, gradient, initial }] of declared.entries()) {
        keep(change, subtract(weights[map]!, initial));
        keep(gradient, gradients[map]!);
      }
    },
    readLagging: ({ read }) => ({ weights: declared.map(({ initial, change }) => sumOfMaps(mapBy(initial), mapBy(read(change)))), ...held(read) }),
    keepRow: (row, { keep }) => {
      for (const [map, { input, taught }] of declared.entries()) {
        keep(input, row.inputs[map]!);
        keep(taught, row.taught[map]!);
      }
      keep(place, row.place);
    },
  };
}
