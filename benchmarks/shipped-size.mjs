// A folder with a model of the shipped size and random weights, which both sides read.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { palimpsest, writeTensors } from '../packages/checkpoints/dist/index.js';
import { randomStream } from '../packages/sampling/dist/index.js';

export const size = { vocabulary: 2048, width: 192, layers: 6, heads: 6, headSize: 32, hidden: 512 };

/** `visibilityBlockSize` 1 is causal, null bidirectional. Dispose of the folder with `remove`. */
export async function writeShippedSize({ visibilityBlockSize, maximumLength }) {
  const folder = await mkdtemp(join(tmpdir(), 'palimpsest-'));
  const config = {
    model_type: 'palimpsest_transformer', vocab_size: size.vocabulary, hidden_size: size.width, intermediate_size: size.hidden, num_hidden_layers: size.layers,
    num_attention_heads: size.heads, num_key_value_heads: size.heads, head_dim: size.headSize, max_position_embeddings: maximumLength, rms_norm_eps: 1e-6,
    rope_theta: 10_000, tie_word_embeddings: true, query_key_norm: false, visibility_block_size: visibilityBlockSize,
    prediction: visibilityBlockSize === 1 ? 'next' : 'same', mask_token_id: size.vocabulary - 1,
  };
  const { definition } = palimpsest.assemble(config, 'config.json');
  const { normal } = randomStream(1);
  const tensors = definition.parameters.map(({ name, shape }) => {
    const [rows, columns = 1] = shape;
    const data = Float32Array.from({ length: rows * columns }, () => (shape.length === 1 ? 1 : normal() / Math.sqrt(columns)));
    if (name === 'model.embed_tokens.weight') for (let i = (rows - 1) * columns; i < data.length; i++) data[i] *= 0.1; // so that the mask is hardly ever the best
    return [name, { shape, data }];
  });
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  await writeTensors(join(folder, 'model.safetensors'), new Map(tensors));
  return { folder, remove: () => rm(folder, { recursive: true }) };
}
