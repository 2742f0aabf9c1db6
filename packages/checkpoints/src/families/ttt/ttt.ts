import { causal, PalimpsestError } from '@palimpsest/backbone';
import { defineTttModel, tttLinear, tttMlp } from '@palimpsest/ttt';
import type { TttConfig } from '@palimpsest/ttt';
import { z } from 'zod';
import type { AssembledModel, CheckpointFamily } from '../family.js';
import { parseConfig } from '../parse.js';
import { vocabularyOf } from '../vocabulary.js';

const size = z.int().positive();
const tokenId = z.int().nonnegative();

const schema = z.strictObject({
  model_type: z.literal('ttt'),
  vocab_size: size.default(32_000),
  hidden_size: size.default(2048),
  intermediate_size: size.default(5504),
  num_hidden_layers: size.default(24),
  num_attention_heads: size.default(32),
  hidden_act: z.literal('silu').optional(),
  rms_norm_eps: z.number().positive().default(1e-6),
  rope_theta: z.number().positive().default(10_000),
  tie_word_embeddings: z.boolean().default(true),
  use_gate: z.boolean().default(false),
  share_qk: z.boolean().default(false),
  pre_conv: z.boolean().default(false),
  conv_kernel: size.min(2).default(4),
  ttt_layer_type: z.enum(['linear', 'mlp']).default('linear'),
  ttt_base_lr: z.number().nonnegative().default(1),
  mini_batch_size: size.default(16),
  bos_token_id: tokenId.nullable().default(1),
  eos_token_id: tokenId.nullable().default(2),
  pad_token_id: tokenId.nullish(),
});

/** Keys that change nothing in a forward pass: nothing in the layers bounds a text, and recomputation is ours to decide. */
const inertKeys = [
  'architectures', 'torch_dtype', 'dtype', 'transformers_version', 'use_cache', 'initializer_range', '_name_or_path', 'auto_map', 'max_position_embeddings',
  'pretraining_tp', 'scan_checkpoint_group_size', 'tokenizer_class',
] as const;

/** In the authors' code, whatever `rms_norm_eps` says. */
const layerNormEpsilon = 1e-6;

/** Positions are counted within mini-batches, so that nothing bounds a text. */
const maximumLength = 2 ** 20;

const mixers = { linear: tttLinear, mlp: tttMlp };

function assemble(config: unknown, where: string): AssembledModel {
  const parsed = parseConfig(where, schema, config, inertKeys);
  const { hidden_size: width, num_attention_heads: heads, num_hidden_layers: layers, conv_kernel: kernel, tie_word_embeddings: tiedHead } = parsed;
  const headSize = width / heads;
  if (!Number.isInteger(headSize / 2)) {
    throw new PalimpsestError({ where, expected: `a number of heads that divides ${width} into heads of an even size`, got: `${heads}` });
  }
  const mixer: TttConfig = {
    width, heads, headSize, miniBatch: parsed.mini_batch_size, baseRate: parsed.ttt_base_lr, normEpsilon: layerNormEpsilon, rotary: { theta: parsed.rope_theta },
    gate: parsed.use_gate, depth: layers, ...(parsed.share_qk && { sharedProjection: { kernel } }),
  };
  return {
    vocabulary: vocabularyOf(where, parsed.vocab_size, { begin: parsed.bos_token_id, end: parsed.eos_token_id, pad: parsed.pad_token_id }),
    definition: defineTttModel({
      vocabularySize: parsed.vocab_size, width, layers, tiedHead, maximumLength, hidden: parsed.intermediate_size, normEpsilon: parsed.rms_norm_eps, visibility: causal,
      prediction: 'next', ...(parsed.pre_conv && { preConvolution: { kernel } }), mixer: (scope) => mixers[parsed.ttt_layer_type](scope, mixer),
    }),
    tensorName: (parameter) => parameter,
    ignored: (tensor) => tiedHead && tensor === 'lm_head.weight',
  };
}

/** TTT-Linear and TTT-MLP (Sun et al. 2024, arXiv:2407.04620) as the authors' PyTorch code stores them, both backbones. */
export const ttt: CheckpointFamily = { name: 'ttt', modelTypes: ['ttt'], assemble };
