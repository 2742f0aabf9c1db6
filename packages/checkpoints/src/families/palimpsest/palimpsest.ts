import { bidirectional, blockCausal, causal } from '@palimpsest/backbone';
import type { Visibility } from '@palimpsest/backbone';
import { defineMambaModel, mamba2 } from '@palimpsest/ssm';
import type { MambaModelConfig } from '@palimpsest/ssm';
import { defineTttModel, tttLinear, tttMlp } from '@palimpsest/ttt';
import type { AssembledModel, CheckpointFamily } from '../family.js';
import { assembleTransformer } from '../transformer.js';
import { vocabularyOf } from '../vocabulary.js';
import type { SpecialTokenIds } from '../vocabulary.js';
import { readMamba2Config, readTransformerConfig, readTttConfig } from './config.js';
import type { PalimpsestConfig, PalimpsestMamba2Config, PalimpsestTttConfig } from './config.js';

const visibilityOf = (blockSize: number | null): Visibility => (blockSize === null ? bidirectional : blockSize === 1 ? causal : blockCausal(blockSize));

const specialOf = ({ mask_token_id: mask, bos_token_id: begin, eos_token_id: end, pad_token_id: pad }: PalimpsestConfig): SpecialTokenIds => ({ mask, begin, end, pad });
const asOurs = { tensorName: (parameter: string): string => parameter, ignored: (): boolean => false };

function assembleTransformerConfig(where: string, config: unknown): AssembledModel {
  const parsed = readTransformerConfig(where, config);
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
    }, specialOf(parsed)),
    ...asOurs,
  };
}

/** What all stacks of recurrent layers say; embedding and last norm begin as in the transformers trained here, see defineTransformer. */
function stackOf(parsed: PalimpsestMamba2Config | PalimpsestTttConfig): Omit<MambaModelConfig, 'mixer'> {
  const { vocab_size: vocabularySize, hidden_size: width, num_hidden_layers: layers, rms_norm_eps: normEpsilon, tie_word_embeddings: tiedHead, prediction } = parsed;
  return {
    vocabularySize, width, layers, normEpsilon, tiedHead, prediction, maximumLength: parsed.max_position_embeddings, visibility: visibilityOf(parsed.visibility_block_size),
    embeddingDeviation: 1, finalNormInitial: tiedHead ? 0.7 / Math.sqrt(width) : 1,
  };
}

function assembleMamba2Config(where: string, config: unknown): AssembledModel {
  const parsed = readMamba2Config(where, config);
  const stack = stackOf(parsed);
  const { num_heads: heads, head_dim: headSize, state_size: stateSize, n_groups: groups, norm_groups: normGroups, conv_kernel: kernel, backward } = parsed.mamba2;
  const { width, normEpsilon, layers: depth } = stack;
  return {
    vocabulary: vocabularyOf(where, stack.vocabularySize, specialOf(parsed)),
    definition: defineMambaModel({
      ...stack, mixer: (scope) => mamba2(scope, { width, heads, headSize, stateSize, groups, normGroups, normEpsilon, kernel, depth, ...(backward !== undefined && { backward }) }),
    }),
    ...asOurs,
  };
}

function assembleTttConfig(where: string, config: unknown): AssembledModel {
  const parsed = readTttConfig(where, config);
  const stack = stackOf(parsed);
  const { inner_model: inner, num_heads: heads, head_dim: headSize, mini_batch_size: miniBatch, base_rate: baseRate, rope_theta: theta, gate, shared_projection_kernel: shared, pre_convolution_kernel: before, backward } = parsed.ttt;
  const { width, normEpsilon, layers: depth } = stack;
  const layer = inner === 'linear' ? tttLinear : tttMlp;
  return {
    vocabulary: vocabularyOf(where, stack.vocabularySize, specialOf(parsed)),
    definition: defineTttModel({
      ...stack, hidden: parsed.intermediate_size, ...(before !== undefined && { preConvolution: { kernel: before } }),
      mixer: (scope) => layer(scope, {
        width, heads, headSize, miniBatch, baseRate, normEpsilon, rotary: { theta }, gate, depth, ...(shared !== undefined && { sharedProjection: { kernel: shared } }), ...(backward !== undefined && { backward }),
      }),
    }),
    ...asOurs,
  };
}

/** By the key that only such configs have. */
const stacks = { mamba2: assembleMamba2Config, ttt: assembleTttConfig };

function assemble(config: unknown, where: string): AssembledModel {
  const keys = typeof config === 'object' && config !== null ? Object.keys(config) : [];
  const [, assembleStack = assembleTransformerConfig] = Object.entries(stacks).find(([key]) => keys.includes(key)) ?? [];
  return assembleStack(where, config);
}

/** The models trained here. */
export const palimpsest: CheckpointFamily = { name: 'palimpsest', modelTypes: ['palimpsest_transformer', 'palimpsest_mamba2', 'palimpsest_ttt'], assemble };
