import type { Visibility } from '@palimpsest/backbone';
import { attention, defineModel, gatedMlp, residual, rmsNorm } from '@palimpsest/layers';
import type { Layer, ModelDefinition, Scope } from '@palimpsest/layers';
import { mamba2 } from '@palimpsest/ssm';
import { gatedDelta } from './gated-delta.js';

export interface Size {
  readonly vocabularySize: number;
  readonly maximumLength: number;
  readonly width: number;
  readonly heads: number;
}

/** The same layers whoever may see whom: two of the stranger's among ours. */
export function mixedModel(visibility: Visibility, { vocabularySize, maximumLength, width, heads }: Size): ModelDefinition {
  const backward = visibility.blockSize === 1 ? {} : { backward: 'shared' as const };
  const headSize = width / heads;
  const norm = { width, epsilon: 1e-5 };
  const mixers: readonly ((scope: Scope) => Layer)[] = [
    (scope) => gatedDelta(scope, { width, heads, headSize, ...backward }),
    (scope) => gatedMlp(scope, { width, hidden: 3 * width }),
    (scope) => mamba2(scope, { width, heads, headSize, stateSize: 16, groups: 1, normGroups: 1, normEpsilon: 1e-5, kernel: 4, ...backward }),
    (scope) => attention(scope, { width, heads, keyHeads: heads, headSize, rotary: { theta: 10_000 } }),
    (scope) => gatedDelta(scope, { width, heads, headSize, ...backward }),
    (scope) => gatedMlp(scope, { width, hidden: 3 * width }),
  ];
  return defineModel({
    vocabularySize, width, maximumLength, visibility, prediction: 'next', tiedHead: true, embeddingDeviation: 1,
    layers: (scope) => mixers.map((mixer, layer) => residual(rmsNorm(scope.child(layer).child('norm'), norm), mixer(scope.child(layer).child('mixer')))),
    finalNorm: (scope) => rmsNorm(scope, { ...norm, initial: 0.7 / Math.sqrt(width) }),
  });
}
