import { defineModel, residual, rmsNorm } from '@palimpsest/layers';
import type { Layer, ModelDefinition, ModelPlan, Scope } from '@palimpsest/layers';

/** A stack of one mixer after the other, each beside an RMS norm, and nothing else: the models of both papers. */
export interface MambaModelConfig extends Omit<ModelPlan, 'layers' | 'finalNorm'> {
  readonly layers: number;
  readonly normEpsilon: number;
  readonly mixer: (scope: Scope) => Layer;
}

export function defineMambaModel({ layers, normEpsilon, mixer, ...plan }: MambaModelConfig): ModelDefinition {
  const norm = (scope: Scope): Layer => rmsNorm(scope, { width: plan.width, epsilon: normEpsilon });
  return defineModel({
    ...plan,
    layers: (scope) => Array.from({ length: layers }, (_, layer) => {
      const own = scope.child(layer);
      return residual(norm(own.child('norm')), mixer(own.child('mixer')));
    }),
    finalNorm: norm,
  });
}
