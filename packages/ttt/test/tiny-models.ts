import type { Backbone, Visibility } from '@palimpsest/backbone';
import { attention, defineModel, residual, rmsNorm } from '@palimpsest/layers';
import type { Layer, ModelDefinition, Scope } from '@palimpsest/layers';
import { openBackbone } from '@palimpsest/runtime';
import type { Weights } from '@palimpsest/runtime';
import { tttLinear, tttMlp } from '@palimpsest/ttt';
import type { TttConfig } from '@palimpsest/ttt';

export const vocabularySize = 23;
const width = 14;
const norm = { width, epsilon: 1e-5 };
const sizes: TttConfig = { width, heads: 3, headSize: 6, miniBatch: 16, baseRate: 1, normEpsilon: 1e-6, rotary: { theta: 10_000 }, depth: 2 };

type Mixer = (scope: Scope) => Layer;
export const mixers = {
  linear: (change: Partial<TttConfig> = {}): Mixer => (scope) => tttLinear(scope, { ...sizes, ...change }),
  mlp: (change: Partial<TttConfig> = {}): Mixer => (scope) => tttMlp(scope, { ...sizes, baseRate: 0.1, ...change }),
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

/** What training starts from, spread out so that layers have something to tell apart and inner models something to learn. */
export function initialWeights({ parameters }: ModelDefinition, seed: number): Weights {
  const next = uniform(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
  const spread = { embedding: 50, matrix: 12, vector: 1 };
  return new Map(parameters.map(({ name, shape, role, initialise }) => {
    const data = initialise(shape, normal);
    return [name, { shape, data: data.map((value) => spread[role] * value) }];
  }));
}

export const open = (definition: ModelDefinition): Promise<Backbone> =>
  openBackbone({ definition, vocabulary: { size: vocabularySize }, weights: initialWeights(definition, 7), threads: 1, thread: 'own' });

export function tokens(count: number, seed: number): Int32Array {
  const next = uniform(seed);
  return Int32Array.from({ length: count }, () => Math.floor(next() * vocabularySize));
}
