import { add, cast, concat, multiply, reshape, slice, subtract } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import { normal, zeros } from '@palimpsest/layers';
import type { LayerContext, Scope, StateDeclaration } from '@palimpsest/layers';
import type { InnerModel } from '../inner-model/inner-model.js';

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
  /** Zeros [batch, heads, from + 1, to]. */
  readonly none: (context: LayerContext) => readonly Value[];
}

/**
 * The state is how far the weights have moved from where they start, and the gradients since: zeros are an empty context, and a state says
 * what was learnt from the text alone.
 */
export function fastWeights(scope: Scope, { maps }: InnerModel, heads: number, headSize: number): FastWeights {
  const declared = maps(headSize).map(({ weight, bias, from, to }) => {
    const shape = [heads, from + 1, to];
    return {
      shape,
      initial: concat([
        scope.parameter(weight, [heads, from, to], { initialise: normal(0.02), role: 'vector' }), // no matrix of the outer model: one to a head
        scope.parameter(bias, [heads, 1, to], { initialise: zeros, role: 'vector' }),
      ], 1),
      change: scope.state(`${weight}.change`, shape, 'fixed', { mayOverflow: true }),
      gradient: scope.state(`${weight}.gradient`, shape, 'fixed', { mayOverflow: true }),
    };
  });
  const none = ({ positions, batch, shared }: LayerContext): readonly Value[] => {
    const zero = shared('zero for each row', () => reshape(cast(multiply(slice(positions, 1, 0, 1), 0), 'float32'), [batch, 1, 1, 1]));
    return declared.map(({ initial }) => add(multiply(initial, 0), zero));
  };
  const given = ({ prefix }: LayerContext, of: (own: (typeof declared)[number]) => StateDeclaration): readonly Value[] => declared.map((own) => prefix!.read(of(own)));
  return {
    initial: declared.map(({ initial }) => initial),
    none,
    read: (context) => {
      const changes = context.prefix === undefined ? none(context) : given(context, ({ change }) => change);
      return {
        weights: changes.map((change, map) => add(declared[map]!.initial, change)),
        ...(context.prefix !== undefined && { gradients: given(context, ({ gradient }) => gradient) }),
      };
    },
    keep: ({ weights, gradients }, context) => {
      for (const [map, { change, gradient, initial }] of declared.entries()) {
        context.keep(change, subtract(weights[map]!, initial));
        context.keep(gradient, gradients[map]!);
      }
    },
  };
}
