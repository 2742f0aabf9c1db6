import type { Backbone, Visibility } from '@palimpsest/backbone';
import { attention, defineModel, residual, rmsNorm } from '@palimpsest/layers';
import type { Layer, ModelDefinition, Scope } from '@palimpsest/layers';
import { openBackbone } from '@palimpsest/runtime';
import type { Weights } from '@palimpsest/runtime';
import { mamba1, mamba2 } from '@palimpsest/ssm';
import type { Mamba1Config, Mamba2Config } from '@palimpsest/ssm';

export const vocabularySize = 23;
const width = 14;
const norm = { width, epsilon: 1e-5 };

export type Mixer = (scope: Scope) => Layer;
export const mixers = {
  mamba1: (change: Partial<Mamba1Config> = {}): Mixer => (scope) => mamba1(scope, { width, inner: 18, stateSize: 5, stepRank: 3, kernel: 4, depth: 2, ...change }),
  mamba2: (change: Partial<Mamba2Config> = {}): Mixer => (scope) =>
    mamba2(scope, { width, heads: 4, headSize: 6, stateSize: 5, groups: 2, normGroups: 2, normEpsilon: 1e-5, kernel: 4, depth: 2, ...change }),
  attention: (scope: Scope): Layer => attention(scope, { width, heads: 3, keyHeads: 1, headSize: 4, rotary: { theta: 100 } }),
};

/** Layers of the given mixers under norms. */
export const tinyModel = (visibility: Visibility, layers: readonly Mixer[]): ModelDefinition => defineModel({
  vocabularySize, width, maximumLength: 160, visibility, prediction: visibility.blockSize === 1 ? 'next' : 'same', tiedHead: true,
  layers: (scope) => layers.map((mixer, layer) => residual(rmsNorm(scope.child(layer).child('norm'), norm), mixer(scope.child(layer).child('mixer')))),
  finalNorm: (scope) => rmsNorm(scope, norm),
});

/** Numbers in [0, 1), the same for the same seed (Park & Miller's generator). */
function uniform(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

/** What training starts from, with the embedding spread out so that layers have something to tell apart. */
function initialWeights({ parameters }: ModelDefinition, seed: number): Weights {
  const next = uniform(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
  return new Map(parameters.map(({ name, shape, role, initialise }) => {
    const data = initialise(shape, normal);
    return [name, { shape, data: role === 'embedding' ? data.map((value) => 50 * value) : data }];
  }));
}

export const open = (definition: ModelDefinition): Promise<Backbone> =>
  openBackbone({ definition, vocabulary: { size: vocabularySize }, weights: initialWeights(definition, 7), threads: 1, thread: 'own' });

export function tokens(count: number, seed: number): Int32Array {
  const next = uniform(seed);
  return Int32Array.from({ length: count }, () => Math.floor(next() * vocabularySize));
}
