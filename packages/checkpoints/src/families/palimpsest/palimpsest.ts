import { bidirectional, blockCausal, causal } from '@palimpsest/backbone';
import type { Visibility } from '@palimpsest/backbone';
import { defineMambaModel, mamba2 } from '@palimpsest/ssm';
import type { AssembledModel, CheckpointFamily } from '../family.js';
import { assembleTransformer } from '../transformer.js';
import { vocabularyOf } from '../vocabulary.js';
import type { SpecialTokenIds } from '../vocabulary.js';
import { readMamba2Config, readTransformerConfig } from './config.js';
import type { PalimpsestConfig } from './config.js';

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

function assembleMamba2Config(where: string, config: unknown): AssembledModel {
  const parsed = readMamba2Config(where, config);
  const { vocab_size: vocabularySize, hidden_size: width, num_hidden_layers: layers, rms_norm_eps: normEpsilon, tie_word_embeddings: tiedHead } = parsed;
  const { num_heads: heads, head_dim: headSize, state_size: stateSize, n_groups: groups, norm_groups: normGroups, conv_kernel: kernel, backward } = parsed.mamba2;
  return {
    vocabulary: vocabularyOf(where, vocabularySize, specialOf(parsed)),
    definition: defineMambaModel({
      vocabularySize, width, layers, normEpsilon, tiedHead, maximumLength: parsed.max_position_embeddings, visibility: visibilityOf(parsed.visibility_block_size),
      prediction: parsed.prediction,
      embeddingDeviation: 1, finalNormInitial: tiedHead ? 0.7 / Math.sqrt(width) : 1, // as in the transformers trained here, see defineTransformer
      mixer: (scope) => mamba2(scope, { width, heads, headSize, stateSize, groups, normGroups, normEpsilon, kernel, depth: layers, ...(backward !== undefined && { backward }) }),
    }),
    ...asOurs,
  };
}

const hasMamba2 = (config: unknown): boolean => typeof config === 'object' && config !== null && 'mamba2' in config;

const assemble = (config: unknown, where: string): AssembledModel => (hasMamba2(config) ? assembleMamba2Config : assembleTransformerConfig)(where, config);

/** The models trained here. */
export const palimpsest: CheckpointFamily = { name: 'palimpsest', modelTypes: ['palimpsest_transformer', 'palimpsest_mamba2'], assemble };
