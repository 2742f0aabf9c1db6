import { bidirectional } from '@palimpsest/backbone';
import { z } from 'zod';
import type { AssembledModel, CheckpointFamily } from '../family.js';
import { parseConfig } from '../parse.js';
import { assembleTransformer } from '../transformer.js';

const size = z.int().positive();
const tokenId = z.int().nonnegative();
const off = z.literal(false).optional();

const schema = z.strictObject({
  model_type: z.literal('llada'),
  d_model: size,
  n_layers: size,
  n_heads: size,
  n_kv_heads: size.nullish(),
  mlp_hidden_size: size,
  vocab_size: size,
  embedding_size: size.nullish(),
  max_sequence_length: size,
  rope: z.literal(true),
  rope_theta: z.number().positive(),
  layer_norm_type: z.literal('rms'),
  rms_norm_eps: z.number().positive(),
  layer_norm_with_affine: z.literal(true).optional(),
  bias_for_layer_norm: off,
  attention_layer_norm: off,
  block_type: z.literal('llama'),
  block_group_size: z.literal(1).optional(),
  activation_type: z.literal('silu'),
  include_bias: off,
  include_qkv_bias: off,
  input_emb_norm: off,
  scale_logits: off,
  weight_tying: z.boolean().default(false),
  alibi: off,
  multi_query_attention: z.union([z.null(), z.literal(false)]).optional(),
  mask_token_id: tokenId,
  eos_token_id: tokenId.optional(),
  pad_token_id: tokenId.optional(),
});

const inertKeys = [
  'architectures', 'auto_map', 'torch_dtype', 'dtype', 'transformers_version', 'use_cache', 'mlp_ratio', 'rope_full_precision', 'alibi_bias_max',
  'attention_dropout', 'attention_layer_norm_with_affine', 'embedding_dropout', 'residual_dropout', 'init_cutoff_factor', 'init_device', 'init_fn', 'init_std',
  'flash_attention', 'precision', '_name_or_path',
] as const;

/** Inside a block `ff_out` is the down projection; the one at the top is the head. */
const blockNames: Readonly<Record<string, string>> = {
  'input_layernorm': 'attn_norm', 'self_attn.q_proj': 'q_proj', 'self_attn.k_proj': 'k_proj', 'self_attn.v_proj': 'v_proj', 'self_attn.o_proj': 'attn_out',
  'post_attention_layernorm': 'ff_norm', 'mlp.gate_proj': 'ff_proj', 'mlp.up_proj': 'up_proj', 'mlp.down_proj': 'ff_out',
};
const topNames: Readonly<Record<string, string>> = {
  'model.embed_tokens.weight': 'model.transformer.wte.weight', 'model.norm.weight': 'model.transformer.ln_f.weight', 'lm_head.weight': 'model.transformer.ff_out.weight',
};

function tensorName(parameter: string): string {
  const block = /^model\.layers\.(\d+)\.(.+)\.weight$/.exec(parameter);
  return block === null ? topNames[parameter]! : `model.transformer.blocks.${block[1]}.${blockNames[block[2]!]}.weight`;
}

function assemble(config: unknown, where: string): AssembledModel {
  const parsed = parseConfig(where, schema, config, inertKeys);
  return {
    ...assembleTransformer(where, {
      vocabularySize: parsed.embedding_size ?? parsed.vocab_size,
      width: parsed.d_model,
      layers: parsed.n_layers,
      heads: parsed.n_heads,
      keyHeads: parsed.n_kv_heads ?? parsed.n_heads,
      headSize: parsed.d_model / parsed.n_heads,
      hidden: parsed.mlp_hidden_size,
      maximumLength: parsed.max_sequence_length,
      visibility: bidirectional,
      prediction: 'same',
      rotary: { theta: parsed.rope_theta },
      normEpsilon: parsed.rms_norm_eps,
      tiedHead: parsed.weight_tying,
    }, { mask: parsed.mask_token_id, end: parsed.eos_token_id, pad: parsed.pad_token_id }),
    tensorName,
    ignored: (tensor) => tensor.endsWith('rotary_emb.inv_freq') || (parsed.weight_tying && tensor === topNames['lm_head.weight']),
  };
}

/** LLaDA (Nie et al. 2025, arXiv:2502.09992): a Llama-shaped transformer without a causal mask, under OLMo's tensor names. */
export const llada: CheckpointFamily = { name: 'llada', modelTypes: ['llada'], assemble };
