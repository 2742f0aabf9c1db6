import { causal } from '@palimpsest/backbone';
import { z } from 'zod';
import type { AssembledModel, CheckpointFamily } from '../family.js';
import { parseConfig } from '../parse.js';
import { assembleTransformer } from '../transformer.js';

const size = z.int().positive();
const tokenId = z.int().nonnegative();

/** Keys of Llama, Qwen2 and Qwen3 configs that decide the numbers. */
const schema = z.strictObject({
  model_type: z.enum(['llama', 'qwen2', 'qwen3']),
  vocab_size: size,
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: size,
  num_attention_heads: size,
  num_key_value_heads: size.optional(),
  head_dim: size.nullish(),
  max_position_embeddings: size,
  rms_norm_eps: z.number().positive(),
  rope_theta: z.number().positive().optional(),
  rope_parameters: z.strictObject({ rope_theta: z.number().positive(), rope_type: z.literal('default').optional() }).optional(),
  rope_scaling: z.null().optional(),
  tie_word_embeddings: z.boolean().default(false),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.literal(false).optional(),
  hidden_act: z.literal('silu'),
  use_sliding_window: z.literal(false).optional(),
  sliding_window: z.union([z.null(), z.number()]).optional(),
  layer_types: z.array(z.literal('full_attention')).nullish(),
  pretraining_tp: z.literal(1).optional(),
  bos_token_id: tokenId.nullish(),
  eos_token_id: z.union([tokenId, z.array(tokenId)]).nullish(),
  pad_token_id: tokenId.nullish(),
});

/** Keys that change nothing in a forward pass. */
const inertKeys = [
  'architectures', 'torch_dtype', 'dtype', 'transformers_version', 'use_cache', 'initializer_range', 'attention_dropout', 'max_window_layers',
  '_name_or_path', 'auto_map', 'output_attentions', 'output_hidden_states', 'return_dict', 'chunk_size_feed_forward', 'is_encoder_decoder',
  'id2label', 'label2id', 'problem_type', 'task_specific_params', 'tokenizer_class', 'prefix', 'is_decoder', 'add_cross_attention',
] as const;

function assemble(config: unknown, where: string): AssembledModel {
  const parsed = parseConfig(where, schema, config, inertKeys);
  const { model_type: type, eos_token_id: end, bos_token_id: begin, pad_token_id: pad } = parsed;
  const bias = parsed.attention_bias && type !== 'qwen2'; // which has biases on q, k and v always, and no such key
  return {
    ...assembleTransformer(where, {
      vocabularySize: parsed.vocab_size,
      width: parsed.hidden_size,
      layers: parsed.num_hidden_layers,
      heads: parsed.num_attention_heads,
      keyHeads: parsed.num_key_value_heads ?? parsed.num_attention_heads,
      headSize: parsed.head_dim ?? parsed.hidden_size / parsed.num_attention_heads,
      hidden: parsed.intermediate_size,
      maximumLength: parsed.max_position_embeddings,
      visibility: causal,
      prediction: 'next',
      rotary: { theta: parsed.rope_parameters?.rope_theta ?? parsed.rope_theta ?? 10_000 },
      normEpsilon: parsed.rms_norm_eps,
      tiedHead: parsed.tie_word_embeddings,
      queryKeyNorm: type === 'qwen3',
      queryKeyValueBias: type === 'qwen2' || bias,
      outputBias: bias,
    }, { begin, end: Array.isArray(end) ? end[0] : end, pad }),
    tensorName: (parameter) => parameter, // our paths are Llama's
    ignored: (tensor) => tensor.endsWith('rotary_emb.inv_freq') || (parsed.tie_word_embeddings && tensor === 'lm_head.weight'),
  };
}

/** Llama (arXiv:2302.13971), Qwen2 (arXiv:2407.10671) and Qwen3 (arXiv:2505.09388) in the Hugging Face layout. */
export const llama: CheckpointFamily = { name: 'llama', modelTypes: ['llama', 'qwen2', 'qwen3'], assemble };
