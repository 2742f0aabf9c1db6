import { defineModel, residual, rmsNorm } from '@palimpsest/layers';
import type { Layer, ModelDefinition, ModelPlan, Scope } from '@palimpsest/layers';

/** A stack of one mixer after the other, each beside an RMS norm, and nothing else: the models of both papers. */
export interface MambaModelConfig extends Omit<ModelPlan, 'layers' | 'finalNorm'> {
  readonly layers: number;
  readonly normEpsilon: number;
  /** First value of the last norm's weights; 1 when absent. */
  readonly finalNormInitial?: number;
  readonly mixer: (scope: Scope) => Layer;
}

export function defineMambaModel({ layers, normEpsilon: epsilon, finalNormInitial: initial = 1, mixer, ...plan }: MambaModelConfig): ModelDefinition {
  return defineModel({
    ...plan,
    layers: (scope) => Array.from({ length: layers }, (_, layer) => {
      const own = scope.child(layer);
      return residual(rmsNorm(own.child('norm'), { width: plan.width, epsilon }), mixer(own.child('mixer')));
    }),
    finalNorm: (scope) => rmsNorm(scope, { width: plan.width, epsilon, initial }),
  });
}
