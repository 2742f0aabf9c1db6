import type { Prediction, Visibility } from '@palimpsest/backbone';
import { GraphError, slice } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import { stack } from './compose.js';
import { tokenEmbedding } from './embedding/embedding.js';
import { linear } from './linear/linear.js';
import type { Layer, LayerContext, ParameterDeclaration, Scope, StateDeclaration } from './layer.js';
import { buildPass } from './pass.js';
import { openScope } from './scope.js';

/** A model as plain data and two functions: enough to train it, run it, store it. It holds no weights. */
export interface ModelDefinition {
  readonly vocabularySize: number;
  readonly width: number;
  readonly maximumLength: number;
  readonly visibility: Visibility;
  readonly prediction: Prediction;
  readonly parameters: readonly ParameterDeclaration[];
  readonly states: readonly StateDeclaration[];
  /** Token ids, int64 [batch, length] -> [batch, length, width]. */
  readonly hidden: (tokens: Value, context: LayerContext) => Value;
  /** Scores of the vocabulary, [.., width] -> [.., vocabularySize]. */
  readonly head: (hidden: Value) => Value;
}

export interface ModelPlan {
  readonly vocabularySize: number;
  /** Rows of the tables where they are padded beyond the vocabulary; what lies there is never scored. */
  readonly vocabularyRows?: number;
  readonly width: number;
  readonly maximumLength: number;
  readonly visibility: Visibility;
  readonly prediction: Prediction;
  /** Scores come from the embedding table when true, from a matrix of their own otherwise. */
  readonly tiedHead: boolean;
  /** Standard deviation of the initial token table; 0.02 when absent. */
  readonly embeddingDeviation?: number;
  readonly layers: (scope: Scope) => readonly Layer[];
  readonly finalNorm: (scope: Scope) => Layer;
}

/**
 * Embedding, layers, final norm, head; parameter paths follow Llama's (`model.layers.0...`).
 *
 * @throws GraphError naming the layer where sizes do not go together, a layer lacks what the visibility needs, or is given another one.
 */
export function defineModel(plan: ModelPlan): ModelDefinition {
  const { vocabularySize, width, maximumLength, visibility, prediction, tiedHead, embeddingDeviation = 0.02, vocabularyRows = vocabularySize } = plan;
  for (const [name, size] of Object.entries({ vocabularySize, width, maximumLength })) {
    if (!Number.isInteger(size) || size < 1) throw new GraphError({ where: `defineModel: ${name}`, expected: 'a positive integer', got: `${size}` });
  }
  if (vocabularyRows < vocabularySize) throw new GraphError({ where: 'defineModel: vocabularyRows', expected: `at least the vocabulary's ${vocabularySize}`, got: `${vocabularyRows}` });
  const { scope, declarations } = openScope();
  const root = scope.child('model');
  const embedding = tokenEmbedding(root.child('embed_tokens'), { vocabularySize: vocabularyRows, width, deviation: embeddingDeviation });
  const layers = stack(plan.layers(root.child('layers')));
  const norm = plan.finalNorm(root.child('norm'));
  const scores = tiedHead ? embedding.tiedHead : linear(scope.child('lm_head'), { from: width, to: vocabularyRows, role: 'embedding' });
  const model: ModelDefinition = {
    vocabularySize, width, maximumLength, visibility, prediction, ...declarations,
    head: (hidden) => (vocabularyRows === vocabularySize ? scores(hidden) : slice(scores(hidden), -1, 0, vocabularySize)),
    hidden: (tokens, context) => norm(layers(embedding.embed(tokens), context), context),
  };
  buildPass(model, { batch: 1, length: 1 }); // what does not go together is said now, not when weights are there
  return model;
}
