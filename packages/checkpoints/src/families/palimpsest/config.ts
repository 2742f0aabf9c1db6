import { z } from 'zod';
import { parseConfig } from '../parse.js';

const size = z.int().positive();
const tokenId = z.int().nonnegative();

const sharedKeys = {
  vocab_size: size,
  hidden_size: size,
  num_hidden_layers: size,
  max_position_embeddings: size,
  rms_norm_eps: z.number().positive(),
  tie_word_embeddings: z.boolean(),
  visibility_block_size: size.nullable(),
  prediction: z.enum(['same', 'next']),
  mask_token_id: tokenId.exactOptional(),
  bos_token_id: tokenId.exactOptional(),
  eos_token_id: tokenId.exactOptional(),
  pad_token_id: tokenId.exactOptional(),
};

const transformer = z.strictObject({
  model_type: z.literal('palimpsest_transformer'),
  ...sharedKeys,
  intermediate_size: size,
  num_attention_heads: size,
  num_key_value_heads: size,
  head_dim: size,
  rope_theta: z.number().positive(),
  query_key_norm: z.boolean(),
});

const backward = z.enum(['shared', 'separate']).exactOptional();

const mamba2 = z.strictObject({
  model_type: z.literal('palimpsest_mamba2'),
  ...sharedKeys,
  mamba2: z.strictObject({
    num_heads: size, head_dim: size, state_size: size, n_groups: size, norm_groups: size, conv_kernel: size.min(2), backward,
  }),
});

const ttt = z.strictObject({
  model_type: z.literal('palimpsest_ttt'),
  ...sharedKeys,
  intermediate_size: size,
  ttt: z.strictObject({
    inner_model: z.enum(['linear', 'mlp']), num_heads: size, head_dim: size.multipleOf(2), mini_batch_size: size, base_rate: z.number().positive(), rope_theta: z.number().positive(),
    gate: z.boolean(), shared_projection_kernel: size.min(2).exactOptional(), pre_convolution_kernel: size.min(2).exactOptional(), backward,
  }),
});

/** What the configs of all models trained here say. */
interface SharedConfig {
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly num_hidden_layers: number;
  readonly max_position_embeddings: number;
  readonly rms_norm_eps: number;
  readonly tie_word_embeddings: boolean;
  /** Tokens to a block of visibility: 1 is causal, null one endless block. */
  readonly visibility_block_size: number | null;
  readonly prediction: 'same' | 'next';
  readonly mask_token_id?: number;
  readonly bos_token_id?: number;
  readonly eos_token_id?: number;
  readonly pad_token_id?: number;
}

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

export interface PalimpsestMamba2Config extends SharedConfig {
  readonly model_type: 'palimpsest_mamba2';
  readonly mamba2: {
    readonly num_heads: number;
    readonly head_dim: number;
    readonly state_size: number;
    readonly n_groups: number;
    readonly norm_groups: number;
    readonly conv_kernel: number;
    /** Weights of a scan backwards, for visibility that is not causal. */
    readonly backward?: 'shared' | 'separate';
  };
}

export interface PalimpsestTttConfig extends SharedConfig {
  readonly model_type: 'palimpsest_ttt';
  readonly intermediate_size: number;
  readonly ttt: {
    readonly inner_model: 'linear' | 'mlp';
    readonly num_heads: number;
    readonly head_dim: number;
    readonly mini_batch_size: number;
    readonly base_rate: number;
    readonly rope_theta: number;
    readonly gate: boolean;
    /** Queries and keys come from one projection by convolutions over so many tokens. */
    readonly shared_projection_kernel?: number;
    /** Blocks begin with a convolution over so many tokens. */
    readonly pre_convolution_kernel?: number;
    /** Weights of a learner that goes backwards, for visibility that is not causal. */
    readonly backward?: 'shared' | 'separate';
  };
}

/** `config.json` of the models trained here. */
export type PalimpsestConfig = PalimpsestTransformerConfig | PalimpsestMamba2Config | PalimpsestTttConfig;

const inertKeys = ['architectures', 'torch_dtype'] as const;

/** @throws PalimpsestError when a key is missing, unknown or of another kind. */
export const readTransformerConfig = (where: string, config: unknown): PalimpsestTransformerConfig => parseConfig(where, transformer, config, inertKeys);
/** @throws PalimpsestError when a key is missing, unknown or of another kind. */
export const readMamba2Config = (where: string, config: unknown): PalimpsestMamba2Config => parseConfig(where, mamba2, config, inertKeys);
/** @throws PalimpsestError when a key is missing, unknown or of another kind. */
export const readTttConfig = (where: string, config: unknown): PalimpsestTttConfig => parseConfig(where, ttt, config, inertKeys);
