import { z } from 'zod';
import { assembleTransformer } from '../../transformer.js';
import { attention } from '../layer-kinds/attention.js';
import { gatedMlp } from '../layer-kinds/gated-mlp.js';
import { defineStack, visibilityOf } from './stack.js';
import type { SharedConfig, Stack } from './stack.js';

/** Tensors are named as in Llama and Qwen3. */
export interface PalimpsestTransformerConfig extends SharedConfig {
  readonly model_type: 'palimpsest_transformer';
  readonly intermediate_size: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly head_dim: number;
  readonly rope_theta: number;
  readonly query_key_norm: boolean;
}

const size = z.int().positive();

export const transformer: Stack = defineStack<PalimpsestTransformerConfig>({
  modelType: 'palimpsest_transformer',
  keys: { intermediate_size: size, num_attention_heads: size, num_key_value_heads: size, head_dim: size, rope_theta: z.number().positive(), query_key_norm: z.boolean() },
  define: (where, config) => assembleTransformer(where, {
    vocabularySize: config.vocab_size,
    width: config.hidden_size,
    layers: config.num_hidden_layers,
    heads: config.num_attention_heads,
    keyHeads: config.num_key_value_heads,
    headSize: config.head_dim,
    hidden: config.intermediate_size,
    maximumLength: config.max_position_embeddings,
    visibility: visibilityOf(config.visibility_block_size),
    prediction: config.prediction,
    rotary: { theta: config.rope_theta },
    normEpsilon: config.rms_norm_eps,
    tiedHead: config.tie_word_embeddings,
    queryKeyNorm: config.query_key_norm,
  }, {}).definition,
  describe: ({ num_attention_heads: heads, num_key_value_heads: keyHeads, head_dim: headSize, rope_theta: rotaryTheta, query_key_norm: queryKeyNorm, intermediate_size: hidden }) =>
    `${attention.describe({ heads, keyHeads, headSize, rotaryTheta, queryKeyNorm })}, ${gatedMlp.describe({ hidden })}`,
});
