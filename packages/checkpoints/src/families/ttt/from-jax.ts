import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PalimpsestError } from '@palimpsest/backbone';
import { readStreamedArrays } from '../../flax/streamed-arrays.js';
import { writeFileAtomically, writeTensors } from '../../safetensors/write.js';
import type { TensorToWrite } from '../../safetensors/write.js';
import { ttt } from './ttt.js';

/** What a tensor of the JAX code is called in the PyTorch code, and in which order its axes stand there where it is another. */
export interface RenamedTensor {
  readonly name: string;
  readonly axes?: readonly number[];
}

const turned = [1, 0]; // a Dense kernel is [from, to], a PyTorch matrix [to, from]
const taps = [2, 1, 0]; // [kernel, 1, channels]

const ofModel: Readonly<Record<string, RenamedTensor>> = {
  'model/wte/embedding': { name: 'model.embed_tokens.weight' },
  'model/ln_f/kernel': { name: 'model.norm.weight' },
  'lm_head/kernel': { name: 'lm_head.weight', axes: turned },
};

const convolution = (there: string, here: string): Record<string, RenamedTensor> => ({ [`${there}/kernel`]: { name: `${here}.weight`, axes: taps }, [`${there}/bias`]: { name: `${here}.bias` } });
const dense = (there: string, here: string): Record<string, RenamedTensor> => ({ [`${there}/kernel`]: { name: `${here}.weight`, axes: turned } });
const norm = (there: string, here: string): Record<string, RenamedTensor> => ({ [`${there}/kernel`]: { name: `${here}.weight` } });
const mixer = 'seq_modeling_block';
const ofBlock: Readonly<Record<string, RenamedTensor>> = {
  ...norm('seq_norm', 'seq_norm'), ...norm('ffn_norm', 'ffn_norm'), ...norm('conv/conv_norm', 'conv.norm'), ...convolution('conv/conv1', 'conv.conv'),
  ...dense('feed_forward/w1', 'mlp.gate_proj'), ...dense('feed_forward/w2', 'mlp.down_proj'), ...dense('feed_forward/w3', 'mlp.up_proj'),
  ...Object.assign({}, ...['q', 'k', 'v', 'o', 'g'].map((letter) => dense(`${mixer}/w${letter}`, `${mixer}.${letter}_proj`))) as Record<string, RenamedTensor>,
  ...convolution(`${mixer}/conv_q`, `${mixer}.conv_q`), ...convolution(`${mixer}/conv_k`, `${mixer}.conv_k`),
  [`${mixer}/ttt_norm/scale`]: { name: `${mixer}.ttt_norm_weight` },
  [`${mixer}/ttt_norm/bias`]: { name: `${mixer}.ttt_norm_bias` },
  [`${mixer}/post_norm/scale`]: { name: `${mixer}.post_norm.weight` },
  [`${mixer}/post_norm/bias`]: { name: `${mixer}.post_norm.bias` },
  [`${mixer}/learnable_ttt_lr/kernel`]: { name: `${mixer}.learnable_ttt_lr_weight`, axes: [0, 2, 1] }, // one to a head
  [`${mixer}/learnable_ttt_lr/bias`]: { name: `${mixer}.learnable_ttt_lr_bias` },
  [`${mixer}/learnable_token_idx`]: { name: `${mixer}.learnable_token_idx` },
  [`${mixer}/ttt_dense_0`]: { name: `${mixer}.W1` },
  [`${mixer}/ttt_dense_1`]: { name: `${mixer}.W2` },
  [`${mixer}/ttt_bias_0`]: { name: `${mixer}.b1` },
  [`${mixer}/ttt_bias_1`]: { name: `${mixer}.b2` },
};

/** Undefined for names that the JAX code does not have. */
export function fromJax(name: string): RenamedTensor | undefined {
  const [, layer, rest] = /^model\/h\/(\d+)\/(.+)$/.exec(name) ?? [];
  if (layer === undefined) return ofModel[name];
  const known = ofBlock[rest!];
  return known && { ...known, name: `model.layers.${layer}.${known.name}` };
}

/** Numbers of a tensor in another order of its axes, row-major before and after. */
export function permute({ shape, data }: TensorToWrite, axes: readonly number[]): TensorToWrite {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const turnedShape = axes.map((axis) => shape[axis]!);
  const result = new Float32Array(data.length);
  const index = axes.map(() => 0);
  let from = 0;
  for (let to = 0; to < result.length; to++) {
    result[to] = data[from]!;
    for (let axis = axes.length - 1; axis >= 0; axis--) {
      const stride = strides[axes[axis]!]!;
      from += stride;
      if (++index[axis]! < turnedShape[axis]!) break;
      from -= stride * turnedShape[axis]!;
      index[axis] = 0;
    }
  }
  return { shape: turnedShape, data: result };
}

/** In a whole training state parameters lie beside what the optimiser remembers. */
const inState = 'params/params/';
const parameterIn = (name: string): string => (name.startsWith(inState) ? name.slice(inState.length) : name);
const isParameter = (name: string): boolean => /^(model|lm_head)\//.test(parameterIn(name));

export interface JaxTtt {
  /** `streaming_params` or `streaming_train_state` of a checkpoint of the authors' JAX code. */
  readonly file: string;
  /** Of the PyTorch code, as in `config.json`: what the JAX code knows of a model lies beside its checkpoints in a pickle, which is not read. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Made where it is not there. */
  readonly directory: string;
}

/**
 * Writes a folder that `openCheckpoint` reads, in float32.
 * @throws PalimpsestError where the file is another, holds what the JAX code does not have, or does not fit the config.
 */
export async function convertJaxTtt({ file, config, directory }: JaxTtt): Promise<void> {
  const { definition, tensorName, ignored } = ttt.assemble(config, 'config');
  const expected = new Map(definition.parameters.map(({ name, shape }) => [tensorName(name), shape]));
  const tensors = new Map<string, TensorToWrite>();
  for await (const [name, tensor] of readStreamedArrays(file, isParameter)) {
    const renamed = fromJax(parameterIn(name));
    if (renamed === undefined) throw new PalimpsestError({ where: `${file}: ${name}`, expected: 'a parameter of the TTT code in JAX', got: 'a name that it does not have' });
    if (ignored(renamed.name)) continue;
    const { shape, data } = renamed.axes === undefined ? tensor : permute(tensor, renamed.axes);
    const wanted = expected.get(renamed.name);
    if (wanted === undefined || wanted.join() !== shape.join()) {
      throw new PalimpsestError({ where: `${file}: ${name}`, expected: wanted === undefined ? 'no such parameter' : `[${wanted.join(', ')}]`, got: `[${shape.join(', ')}]`, hint: 'Is the config that of these weights?' });
    }
    tensors.set(renamed.name, { shape, data });
  }
  const missing = [...expected.keys()].find((name) => !tensors.has(name));
  if (missing !== undefined) throw new PalimpsestError({ where: file, expected: `a tensor that becomes ${missing}`, got: 'none', hint: 'Is the config that of these weights?' });
  await mkdir(directory, { recursive: true });
  await writeTensors(join(directory, 'model.safetensors'), tensors, { metadata: { format: 'pt' } });
  await writeFileAtomically(join(directory, 'config.json'), [`${JSON.stringify(config, null, 2)}\n`]);
}
