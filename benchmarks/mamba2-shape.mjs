// The published 130 M shape of Mamba-2 with random weights, a text for it, and one run of prefill and greedy decoding.
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { families, writeTensors } from '../packages/checkpoints/dist/index.js';
import { randomStream } from '../packages/sampling/dist/index.js';

/** A folder in Hugging Face's layout, which is the caller's to remove. */
export async function writePublishedShape() {
  const folder = await mkdtemp(join(tmpdir(), 'palimpsest-'));
  const config = {
    model_type: 'mamba2', hidden_size: 768, num_hidden_layers: 24, num_heads: 24, head_dim: 64, state_size: 128, n_groups: 1, conv_kernel: 4, expand: 2,
    layer_norm_epsilon: 1e-5, vocab_size: 50_288, tie_word_embeddings: true, chunk_size: 256, hidden_act: 'silu',
  };
  const { definition, tensorName } = families.find(({ name }) => name === 'mamba2').assemble(config, 'config.json');
  const { normal } = randomStream(1);
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  await writeTensors(join(folder, 'model.safetensors'), new Map(definition.parameters.map(({ name, shape, initialise }) => [tensorName(name), { shape, data: initialise(shape, normal) }])), { metadata: { format: 'pt' } });
  return folder;
}

export const textOf = (length) => Int32Array.from({ length }, (_, i) => (7919 * i + 5) % 50_000);
export const best = (length) => ({ give: 'top', top: 1, rows: Int32Array.of(length - 1) });

/** Milliseconds of the prefill and of a token after it. */
export async function decodeOnce(backbone, prompt, tokens) {
  const context = await backbone.open();
  const start = performance.now();
  let { ids: next } = await context.append(prompt, best(prompt.length));
  const ids = [next[0]];
  const first = performance.now();
  while (ids.length < tokens) {
    ({ ids: next } = await context.append(next, best(1)));
    ids.push(next[0]);
  }
  const decode = (performance.now() - first) / (tokens - 1);
  const { stateBytes } = context;
  await context[Symbol.asyncDispose]();
  return { prefill: first - start, decode, ids, stateBytes };
}
