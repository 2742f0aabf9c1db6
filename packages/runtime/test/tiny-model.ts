import { openBackbone } from '@palimpsest/runtime';
import type { BackboneOptions, Weights } from '@palimpsest/runtime';
import type { Backbone, Visibility } from '@palimpsest/backbone';
import { defineTransformer } from '@palimpsest/layers';
import type { ModelDefinition, TransformerConfig } from '@palimpsest/layers';

/** Numbers in [-0.5, 0.5), the same for the same seed (Park & Miller's generator). */
export function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647 - 0.5;
  };
}

/** Odd sizes, grouped queries, norms and biases: nothing is square, nothing is one. */
export const tinyModel = (visibility: Visibility, config: Partial<TransformerConfig> = {}): ModelDefinition => defineTransformer({
  vocabularySize: 23, width: 20, layers: 2, heads: 6, keyHeads: 2, headSize: 6, hidden: 14, maximumLength: 70, visibility,
  prediction: visibility.blockSize === 1 ? 'next' : 'same', rotary: { theta: 10_000 }, normEpsilon: 1e-5, tiedHead: false, ...config,
});

export function randomWeights({ parameters }: ModelDefinition, seed: number): Weights {
  const draw = uniform(seed);
  return new Map(parameters.map(({ name, shape, role }) => [name, {
    shape, data: Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () => (role === 'vector' ? 1 + draw() : draw())),
  }]));
}

export const randomTokens = (count: number, size: number, seed: number): Int32Array => {
  const draw = uniform(seed);
  return Int32Array.from({ length: count }, () => Math.floor((draw() + 0.5) * size));
};

/** In this thread unless said otherwise: no build is needed. */
export const openTiny = (definition: ModelDefinition, options: Partial<BackboneOptions> = {}): Promise<Backbone> => openBackbone({
  definition, vocabulary: { size: definition.vocabularySize }, weights: randomWeights(definition, 7), threads: 1, thread: 'own', ...options,
});
