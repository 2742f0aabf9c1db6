import { bidirectional, blockCausal, causal } from '@palimpsest/backbone';
import type { Visibility } from '@palimpsest/backbone';
import { z } from 'zod';
import type { AssembledModel, CheckpointFamily } from '../family.js';
import { parseConfig } from '../parse.js';
import { assembleTransformer } from '../transformer.js';

const size = z.int().positive();
const tokenId = z.int().nonnegative();

const schema = z.strictObject({
  model_type: z.literal('palimpsest_transformer'),
  vocab_size: size,
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: size,
  num_attention_heads: size,
  num_key_value_heads: size,
  head_dim: size,
  max_position_embeddings: size,
  rms_norm_eps: z.number().positive(),
  rope_theta: z.number().positive(),
  tie_word_embeddings: z.boolean(),
  query_key_norm: z.boolean(),
  visibility_block_size: size.nullable(),
  prediction: z.enum(['same', 'next']),
  mask_token_id: tokenId.optional(),
  bos_token_id: tokenId.optional(),
  eos_token_id: tokenId.optional(),
  pad_token_id: tokenId.optional(),
});

/** `config.json` of the transformers trained here. Tensors are named as in Llama and Qwen3. */
export interface PalimpsestConfig {
  readonly model_type: 'palimpsest_transformer';
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly head_dim: number;
  readonly max_position_embeddings: number;
  readonly rms_norm_eps: number;
  readonly rope_theta: number;
  readonly tie_word_embeddings: boolean;
  readonly query_key_norm: boolean;
  /** Tokens to a block of visibility: 1 is causal, null one endless block. */
  readonly visibility_block_size: number | null;
  readonly prediction: 'same' | 'next';
  readonly mask_token_id?: number;
  readonly bos_token_id?: number;
  readonly eos_token_id?: number;
  readonly pad_token_id?: number;
}

const visibilityOf = (blockSize: number | null): Visibility => (blockSize === null ? bidirectional : blockSize === 1 ? causal : blockCausal(blockSize));

function assemble(config: unknown, where: string): AssembledModel {
  const parsed = parseConfig(where, schema, config, ['architectures', 'torch_dtype']);
  return {
    ...assembleTransformer(where, {
      vocabularySize: parsed.vocab_size,
      width: parsed.hidden_size,
      layers: parsed.num_hidden_layers,
      heads: parsed.num_attention_heads,
      keyHeads: parsed.num_key_value_heads,
      headSize: parsed.head_dim,
      hidden: parsed.intermediate_size,
      maximumLength: parsed.max_position_embeddings,
      visibility: visibilityOf(parsed.visibility_block_size),
      prediction: parsed.prediction,
      rotary: { theta: parsed.rope_theta },
      normEpsilon: parsed.rms_norm_eps,
      tiedHead: parsed.tie_word_embeddings,
      queryKeyNorm: parsed.query_key_norm,
    }, { mask: parsed.mask_token_id, begin: parsed.bos_token_id, end: parsed.eos_token_id, pad: parsed.pad_token_id }),
    tensorName: (parameter) => parameter,
    ignored: () => false,
  };
}

export const palimpsest: CheckpointFamily = { name: 'palimpsest', modelTypes: ['palimpsest_transformer'], assemble };
