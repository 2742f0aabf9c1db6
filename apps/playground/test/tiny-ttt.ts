import { join } from 'node:path';
import { palimpsest } from '@palimpsest/checkpoints';
import type { PalimpsestMamba2Config, PalimpsestTttConfig } from '@palimpsest/checkpoints';
import { exportModel } from '@palimpsest/models';
import { randomStream } from '@palimpsest/sampling';
import { saveTokenizer, trainByteLevelBpe } from '@palimpsest/tokenizer';

export const story = 'Once upon a time there was a small fox. The fox saw a well and the well saw the fox. ';

const config: PalimpsestTttConfig = {
  model_type: 'palimpsest_ttt', vocab_size: 290, hidden_size: 12, intermediate_size: 14, num_hidden_layers: 3, max_position_embeddings: 200, rms_norm_eps: 1e-5, tie_word_embeddings: false,
  visibility_block_size: 1, prediction: 'next', bos_token_id: 0, eos_token_id: 1,
  ttt: { inner_model: 'linear', num_heads: 3, head_dim: 4, mini_batch_size: 8, base_rate: 1, rope_theta: 100, gate: true },
};

/** Writes a model of random weights with three layers that learn while they read, and one without, into a folder. */
export async function writeTinyTtt(folder: string): Promise<void> {
  const tokenizerDirectory = join(folder, 'tokenizer');
  await saveTokenizer(tokenizerDirectory, trainByteLevelBpe({ documents: [story.repeat(3)], vocabularySize: 290 }));
  const { ttt: _, intermediate_size: _hidden, ...stack } = config;
  const still: PalimpsestMamba2Config = { ...stack, model_type: 'palimpsest_mamba2', mamba2: { num_heads: 3, head_dim: 8, state_size: 4, n_groups: 1, norm_groups: 1, conv_kernel: 3 } };
  for (const [name, each, title] of [['tiny-ttt', config, 'Tiny, learning'], ['tiny-scans', still, 'Tiny, scanning']] as const) {
    const weights = new Map(palimpsest.assemble(each, name).definition.parameters.map(({ name: parameter, shape }, index) => {
      const random = randomStream(11, index);
      const deviation = parameter.endsWith('token_idx') ? 0 : 0.4;
      return [parameter, { shape, data: Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () => deviation * random.normal()) }] as const;
    }));
    await exportModel({ directory: join(folder, name), config: each, weights, tokenizerDirectory, card: { title, description: 'Random numbers.' } });
  }
}
