import { add, concat, subtract } from '@palimpsest/graph';
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

/** Where learning starts, by map: [heads, from + 1, to]. */
export const initialWeights = (scope: Scope, { maps }: InnerModel, heads: number, headSize: number): readonly Value[] =>
  maps(headSize).map(({ weight, bias, from, to }) => concat([
    scope.parameter(weight, [heads, from, to], { initialise: normal(0.02), role: 'vector' }), // no matrix of the outer model: one to a head
    scope.parameter(bias, [heads, 1, to], { initialise: zeros, role: 'vector' }),
  ], 1));

export interface FastWeights {
  /** What a context with a prefix has learnt, from the weights where learning starts. */
  readonly read: (initial: readonly Value[], context: LayerContext) => Carried;
  readonly keep: (initial: readonly Value[], learnt: Carried, context: LayerContext) => void;
  /** The same where a single token is to leave a row behind. */
  readonly readLagging: (initial: readonly Value[], prefix: Prefix) => Lagging;
  readonly keepRow: (row: Row, context: LayerContext) => void;
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
  const mayOverflow = { hint: 'The inner rate is too large for this text, or the weights are not those of the config.' };
  const fold = (of: (after: ReturnType<typeof folded>, read: Prefix['read']) => Value): Fold => (read, { batch }) => of(folded(held(read), miniBatch, last(), batch), read);
  const declared = maps(headSize).map(({ weight, from, to }, map) => {
    const shape = [heads, from + 1, to];
    const change: StateDeclaration = scope.state(`${weight}.change`, shape, 'fixed', { mayOverflow, fold: fold(({ steps }, read) => subtract(read(change), steps[map]!)) });
    return {
      change,
      gradient: scope.state(`${weight}.gradient`, shape, 'fixed', { mayOverflow, fold: fold(({ gradients }) => gradients[map]!) }),
      input: scope.state(`${weight}.recent.input`, [heads, from + 1], 'recent'),
      taught: scope.state(`${weight}.recent.taught`, [heads, to], 'recent', { mayOverflow }),
    };
  });
  const place = scope.state('recent.place', [1, 1], 'recent');
  const held = (read: Prefix['read']): Omit<Lagging, 'weights'> => ({
    gradients: declared.map(({ gradient }) => read(gradient)), inputs: declared.map(({ input }) => read(input)), taught: declared.map(({ taught }) => read(taught)), places: read(place),
  });
  return {
    read: (initial, { prefix }) => {
      const given = (of: (own: (typeof declared)[number]) => StateDeclaration): readonly Value[] => declared.map((own) => prefix!.read(of(own)));
      return { weights: given(({ change }) => change).map((change, map) => add(initial[map]!, change)), gradients: given(({ gradient }) => gradient) };
    },
    keep: (initial, { weights, gradients }, context) => {
      for (const [map, { change, gradient }] of declared.entries()) {
        context.keep(change, subtract(weights[map]!, initial[map]!));
        context.keep(gradient, gradients[map]!);
      }
    },
    readLagging: (initial, { read }) => ({ weights: declared.map(({ change }, map) => sumOfMaps(mapBy(initial[map]!), mapBy(read(change)))), ...held(read) }),
    keepRow: (row, { keep }) => {
      for (const [map, { input, taught }] of declared.entries()) {
        keep(input, row.inputs[map]!);
        keep(taught, row.taught[map]!);
      }
      keep(place, row.place);
    },
  };
}
