import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededUniform } from '@palimpsest/backbone/testing';
import { palimpsest } from '@palimpsest/checkpoints';
import type { PalimpsestConfig, PalimpsestMamba2Config } from '@palimpsest/checkpoints';
import type { ModelToExport } from '@palimpsest/models';
import { saveTokenizer, trainByteLevelBpe } from '@palimpsest/tokenizer';
import { onTestFinished } from 'vitest';

/** The roles' ids are those that the tokenizer trainer gives: begin 0, end 1, mask 2. */
export const tinyConfig: PalimpsestConfig = {
  model_type: 'palimpsest_transformer', vocab_size: 263, hidden_size: 10, intermediate_size: 14, num_hidden_layers: 1, num_attention_heads: 6,
  num_key_value_heads: 2, head_dim: 4, max_position_embeddings: 19, rms_norm_eps: 1e-5, rope_theta: 10_000, tie_word_embeddings: false,
  query_key_norm: true, visibility_block_size: null, prediction: 'same', mask_token_id: 2, bos_token_id: 0, eos_token_id: 1,
};

export const tinyScans: PalimpsestMamba2Config = {
  model_type: 'palimpsest_mamba2', vocab_size: 263, hidden_size: 10, num_hidden_layers: 2, max_position_embeddings: 19, rms_norm_eps: 1e-5, tie_word_embeddings: true,
  visibility_block_size: 1, prediction: 'next', bos_token_id: 0, eos_token_id: 1,
  mamba2: { num_heads: 4, head_dim: 5, state_size: 3, n_groups: 2, norm_groups: 2, conv_kernel: 4 },
};

/** Multiples of 1/64 between -1 and 1, which float16 holds exactly. */
export function randomWeights(config: PalimpsestConfig, seed: number): ModelToExport['weights'] {
  const draw = seededUniform(seed);
  const { parameters } = palimpsest.assemble(config, 'config').definition;
  return new Map(parameters.map(({ name, shape }) => [name, {
    shape, data: Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () => Math.floor(draw() * 129 - 64) / 64),
  }]));
}

/** A folder that is removed after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'palimpsest-models-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

export const tinyTokenizer = (vocabularySize = 263): ReturnType<typeof trainByteLevelBpe> =>
  trainByteLevelBpe({ documents: ['the fox saw the fox and the fox saw the well'], vocabularySize });

/** A random model that can be exported to `folder/name`. */
export async function tinyModel(folder: string, name: string, config: PalimpsestConfig = tinyConfig, seed = 5): Promise<ModelToExport> {
  const tokenizerDirectory = join(folder, 'tokenizer');
  await saveTokenizer(tokenizerDirectory, tinyTokenizer());
  return {
    directory: join(folder, name), config, weights: randomWeights(config, seed), tokenizerDirectory,
    card: { title: 'Tiny', description: 'Random numbers.' },
  };
}
