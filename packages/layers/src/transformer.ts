import type { Prediction, Visibility } from '@palimpsest/backbone';
import { attention } from './attention/attention.js';
import type { RotaryConfig } from './attention/rotary.js';
import { residual, stack } from './compose.js';
import { gatedMlp } from './gated-mlp/gated-mlp.js';
import type { Layer, Scope } from './layer.js';
import { defineModel } from './model.js';
import type { ModelDefinition } from './model.js';
import { rmsNorm } from './norm/norm.js';

/** A Llama-shaped transformer (Touvron et al. 2023, arXiv:2302.13971): RMSNorm, rotary attention, gated MLP, no biases unless asked. */
export interface TransformerConfig {
  readonly vocabularySize: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyHeads: number;
  readonly headSize: number;
  readonly hidden: number;
  readonly maximumLength: number;
  readonly visibility: Visibility;
  readonly prediction: Prediction;
  readonly rotary: RotaryConfig;
  readonly normEpsilon: number;
  readonly tiedHead: boolean;
  readonly queryKeyNorm?: boolean;
  readonly queryKeyValueBias?: boolean;
  readonly outputBias?: boolean;
}

/** Residual branches start smaller in deep stacks: 0.02 / sqrt(2 · layers) (GPT-2). */
export function transformerBlock(scope: Scope, config: TransformerConfig): Layer {
  const { width, hidden, heads, keyHeads, headSize, rotary, normEpsilon: epsilon, queryKeyNorm = false, queryKeyValueBias = false, outputBias = false } = config;
  const outputDeviation = 0.02 / Math.sqrt(2 * config.layers);
  const mixer = attention(scope.child('self_attn'), {
    width, heads, keyHeads, headSize, rotary, queryKeyValueBias, outputBias, outputDeviation, ...(queryKeyNorm ? { queryKeyNorm: { epsilon } } : {}),
  });
  return stack([
    residual(rmsNorm(scope.child('input_layernorm'), { width, epsilon }), mixer),
    residual(rmsNorm(scope.child('post_attention_layernorm'), { width, epsilon }), gatedMlp(scope.child('mlp'), { width, hidden, outputDeviation })),
  ]);
}

export const defineTransformer = (config: TransformerConfig): ModelDefinition => defineModel({
  ...config,
  layers: (scope) => Array.from({ length: config.layers }, (_, layer) => transformerBlock(scope.child(layer), config)),
  // Rows of deviation 1 keep words apart that are used alike, such as names: a table that starts at 0.02 is moved further
  // by each step than its rows differ, and copying is not learnt. The last norm then starts small, so that scores do.
  embeddingDeviation: 1,
  finalNorm: (scope) => rmsNorm(scope, { width: config.width, epsilon: config.normEpsilon, initial: config.tiedHead ? 0.7 / Math.sqrt(config.width) : 1 }),
});
