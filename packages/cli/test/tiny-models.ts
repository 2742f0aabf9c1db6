import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { palimpsest } from '@palimpsest/checkpoints';
import type { PalimpsestConfig } from '@palimpsest/checkpoints';
import { storybook } from '@palimpsest/datasets';
import { exportModel } from '@palimpsest/models';
import { randomStream } from '@palimpsest/sampling';
import { saveTokenizer, trainByteLevelBpe } from '@palimpsest/tokenizer';

const config: PalimpsestConfig = {
  model_type: 'palimpsest_transformer', vocab_size: 330, hidden_size: 12, intermediate_size: 14, num_hidden_layers: 1, num_attention_heads: 3,
  num_key_value_heads: 1, head_dim: 4, max_position_embeddings: 45, rms_norm_eps: 1e-5, rope_theta: 10_000, tie_word_embeddings: false,
  query_key_norm: true, visibility_block_size: 1, prediction: 'next', bos_token_id: 0, eos_token_id: 1,
};

/** By model name: one for each way of generating, and one that none runs on. */
const configs: Readonly<Record<string, PalimpsestConfig>> = {
  'tiny-ar': config,
  'tiny-bd': { ...config, visibility_block_size: 5, prediction: 'next', mask_token_id: 2 },
  'tiny-blocks': { ...config, visibility_block_size: 5, prediction: 'same' },
  'tiny-mdlm': { ...config, visibility_block_size: null, prediction: 'same', mask_token_id: 2 },
};

export async function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'palimpsest-cli-'));
}

export const removeFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });

/** Writes the models of random weights, with the tokenizer of a few stories, into a folder. */
export async function writeTinyModels(folder: string): Promise<void> {
  const tokenizerDirectory = join(folder, 'tokenizer');
  await saveTokenizer(tokenizerDirectory, trainByteLevelBpe({ documents: Array.from({ length: 40 }, (_, index) => storybook(index).text), vocabularySize: 330 }));
  for (const [name, each] of Object.entries(configs)) await writeTiny(folder, name, each, () => 0.3);
}

const learningWhileReading: PalimpsestConfig = {
  model_type: 'palimpsest_ttt', vocab_size: 330, hidden_size: 12, intermediate_size: 14, num_hidden_layers: 2, max_position_embeddings: 400, rms_norm_eps: 1e-5, tie_word_embeddings: false,
  visibility_block_size: 1, prediction: 'next', bos_token_id: 0, eos_token_id: 1,
  ttt: { inner_model: 'linear', num_heads: 3, head_dim: 4, mini_batch_size: 8, base_rate: 1, rope_theta: 100, gate: true },
};

/** Beside them, one of two layers that learn while they read: `tiny-ttt`. */
export const writeTinyTtt = (folder: string): Promise<void> =>
  writeTiny(folder, 'tiny-ttt', learningWhileReading, (parameter) => (parameter.endsWith('token_idx') ? 0 : 0.4));

const scansInBlocks: PalimpsestConfig = {
  model_type: 'palimpsest_mamba2', vocab_size: 330, hidden_size: 12, num_hidden_layers: 2, max_position_embeddings: 45, rms_norm_eps: 1e-5, tie_word_embeddings: false,
  visibility_block_size: 5, prediction: 'next', bos_token_id: 0, eos_token_id: 1, mask_token_id: 2,
  mamba2: { num_heads: 3, head_dim: 8, state_size: 5, n_groups: 1, norm_groups: 1, conv_kernel: 4, backward: 'shared' },
};

/** And one of two scans that writes in blocks: `tiny-scans`. */
export const writeTinyScans = (folder: string): Promise<void> => writeTiny(folder, 'tiny-scans', scansInBlocks, () => 0.3);

async function writeTiny(folder: string, name: string, config: PalimpsestConfig, deviation: (parameter: string) => number): Promise<void> {
  const weights = new Map(palimpsest.assemble(config, name).definition.parameters.map(({ name: parameter, shape }, index) => {
    const random = randomStream(11, index);
    return [parameter, { shape, data: Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () => deviation(parameter) * random.normal()) }] as const;
  }));
  await exportModel({ directory: join(folder, name), config, weights, tokenizerDirectory: join(folder, 'tokenizer'), card: { title: name, description: 'Random numbers.', checkerScore: 0.125 } });
}
