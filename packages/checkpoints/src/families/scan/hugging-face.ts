import { z } from 'zod';
import { parseConfig } from '../parse.js';
import type { ScanModel } from './assemble.js';
import { huggingFaceNames } from './assemble.js';

const size = z.int().positive();
const tokenId = z.int().nonnegative();

/** Keys that the Hugging Face configs of all scans share. */
const sharedKeys = {
  vocab_size: size,
  hidden_size: size,
  num_hidden_layers: size,
  state_size: size,
  conv_kernel: size,
  layer_norm_epsilon: z.number().positive(),
  hidden_act: z.literal('silu').optional(),
  use_bias: z.literal(false).optional(),
  use_conv_bias: z.literal(true).optional(),
  rms_norm: z.literal(true).optional(),
  bos_token_id: tokenId.nullish(),
  eos_token_id: z.union([tokenId, z.array(tokenId)]).nullish(),
  pad_token_id: tokenId.nullish(),
};

const mamba1 = z.strictObject({
  model_type: z.enum(['mamba', 'falcon_mamba']),
  ...sharedKeys,
  intermediate_size: size.optional(),
  expand: z.number().positive().default(2),
  time_step_rank: z.union([size, z.literal('auto')]).default('auto'),
  mixer_rms_eps: z.number().positive().default(1e-6),
  tie_word_embeddings: z.boolean().default(true),
});

/** Infinity as Python writes it, or as transformers 5 does. */
const endless = z.union([z.literal(Infinity), z.strictObject({ __float__: z.literal('Infinity') }).transform(() => Infinity)]);

const mamba2 = z.strictObject({
  model_type: z.literal('mamba2'),
  ...sharedKeys,
  num_heads: size,
  head_dim: size,
  n_groups: size,
  time_step_limit: z.tuple([z.number().nonnegative(), z.union([z.number().positive(), endless])]).default([0, Infinity]),
  tie_word_embeddings: z.boolean().default(false),
  norm_groups: size.optional(), // ours
});

/** Keys that change nothing in a forward pass; several say again what others say. */
const inertKeys = [
  'architectures', 'torch_dtype', 'dtype', 'transformers_version', 'use_cache', 'initializer_range', '_name_or_path', 'auto_map', 'residual_in_fp32',
  'rescale_prenorm_residual', 'time_step_floor', 'time_step_init_scheme', 'time_step_max', 'time_step_min', 'time_step_scale', 'use_mambapy', 'use_falcon_mambapy',
  'use_associative_scan', 'chunk_size', 'fused_add_norm', 'pad_vocab_size_multiple', 'd_model', 'd_inner', 'n_layer', 'ssm_cfg', 'norm_before_gate',
  'output_attentions', 'output_hidden_states', 'return_dict', 'tokenizer_class',
] as const;

type Stack = Omit<ScanModel, 'mixer'>;

type SharedKeys = z.output<z.ZodObject<typeof sharedKeys>> & { readonly tie_word_embeddings: boolean };

/** @param tokens how many the tokenizer has; rows beyond them are padding. */
const stackOf = (where: string, config: SharedKeys, tokens: number | undefined): Stack => ({
  where, rows: config.vocab_size, tokens: Math.min(config.vocab_size, tokens ?? config.vocab_size), width: config.hidden_size, layers: config.num_hidden_layers,
  normEpsilon: config.layer_norm_epsilon, tiedHead: config.tie_word_embeddings, names: huggingFaceNames,
  special: { begin: config.bos_token_id, end: Array.isArray(config.eos_token_id) ? config.eos_token_id[0] : config.eos_token_id, pad: config.pad_token_id },
});

export interface Mamba1Sizes {
  readonly stack: Stack;
  readonly inner: number;
  readonly stateSize: number;
  readonly stepRank: number;
  readonly kernel: number;
  readonly plainNormEpsilon: number;
}

/** @throws PalimpsestError when keys are missing, unknown, or ask for what we do not build. */
export function readMamba1(where: string, config: unknown, tokens: number | undefined): Mamba1Sizes {
  const parsed = parseConfig(where, mamba1, config, inertKeys);
  return {
    stack: stackOf(where, parsed, tokens),
    inner: parsed.intermediate_size ?? Math.floor(parsed.expand * parsed.hidden_size), // Falcon Mamba's factor is not of its width: the width counts
    stateSize: parsed.state_size, kernel: parsed.conv_kernel, plainNormEpsilon: parsed.mixer_rms_eps,
    stepRank: parsed.time_step_rank === 'auto' ? Math.ceil(parsed.hidden_size / 16) : parsed.time_step_rank,
  };
}

export interface Mamba2Sizes {
  readonly stack: Stack;
  readonly heads: number;
  readonly headSize: number;
  readonly stateSize: number;
  readonly groups: number;
  readonly kernel: number;
  /** Absent where the config says nothing of it. */
  readonly normGroups: number | undefined;
  readonly stepLimits: readonly [least: number, most: number];
}

/** @throws PalimpsestError when keys are missing, unknown, or ask for what we do not build. */
export function readMamba2(where: string, config: unknown, tokens: number | undefined): Mamba2Sizes {
  const parsed = parseConfig(where, mamba2, config, [...inertKeys, 'time_step_rank', 'intermediate_size', 'expand']);
  return {
    stack: stackOf(where, parsed, tokens), heads: parsed.num_heads, headSize: parsed.head_dim, stateSize: parsed.state_size, groups: parsed.n_groups,
    kernel: parsed.conv_kernel, normGroups: parsed.norm_groups, stepLimits: parsed.time_step_limit,
  };
}
