import { add, concat, subtract } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import { normal, zeros } from '@palimpsest/layers';
import type { LayerContext, Scope, StateDeclaration } from '@palimpsest/layers';
import type { InnerModel } from '../inner-model/inner-model.js';

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
}

/**
 * The state is how far the weights have moved from where they start, and the gradients since: zeros are an empty context, and a state says
 * what was learnt from the text alone.
 */
export function fastWeights(scope: Scope, { maps }: InnerModel, heads: number, headSize: number): FastWeights {
  const declared = maps(headSize).map(({ weight, from, to }) => {
    const shape = [heads, from + 1, to];
    const mayOverflow = { hint: 'The inner rate is too large for this text, or the weights are not those of the config.' };
    return { change: scope.state(`${weight}.change`, shape, 'fixed', { mayOverflow }), gradient: scope.state(`${weight}.gradient`, shape, 'fixed', { mayOverflow }) };
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
  };
}
