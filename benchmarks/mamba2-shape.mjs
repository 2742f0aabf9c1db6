// The published 130 M shape of Mamba-2 with random weights, and a text for it.
import { textOf as idsOf, writeRandom } from './one-context.mjs';

/** A folder in Hugging Face's layout, which is the caller's to remove. */
export const writePublishedShape = () => writeRandom('mamba2', {
  model_type: 'mamba2', hidden_size: 768, num_hidden_layers: 24, num_heads: 24, head_dim: 64, state_size: 128, n_groups: 1, conv_kernel: 4, expand: 2,
  layer_norm_epsilon: 1e-5, vocab_size: 50_288, tie_word_embeddings: true, chunk_size: 256, hidden_act: 'silu',
});

export const textOf = (length) => idsOf(length, 50_000);
