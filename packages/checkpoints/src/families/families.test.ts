import { PalimpsestError } from '@palimpsest/backbone';
import { describe, expect, test } from 'vitest';
import { families } from './index.js';
import { llada } from './llada/llada.js';
import { llama } from './llama/llama.js';
import { mamba } from './mamba/mamba.js';
import { mamba2 } from './mamba2/mamba2.js';
import { palimpsest } from './palimpsest/palimpsest.js';
import { ttt } from './ttt/ttt.js';

const llamaConfig = {
  model_type: 'llama', vocab_size: 53, hidden_size: 24, intermediate_size: 34, num_hidden_layers: 2, num_attention_heads: 6, num_key_value_heads: 2,
  max_position_embeddings: 64, rms_norm_eps: 1e-5, hidden_act: 'silu', bos_token_id: 1, eos_token_id: 2,
};
const qwen2 = { ...llamaConfig, model_type: 'qwen2' };
const qwen3 = { ...llamaConfig, model_type: 'qwen3', head_dim: 10 };
const lladaConfig = {
  model_type: 'llada', d_model: 36, n_layers: 2, n_heads: 6, n_kv_heads: 3, mlp_hidden_size: 26, vocab_size: 50, embedding_size: 53, max_sequence_length: 64,
  rope: true, rope_theta: 3000, layer_norm_type: 'rms', rms_norm_eps: 1e-5, block_type: 'llama', activation_type: 'silu', weight_tying: false,
  mask_token_id: 51, eos_token_id: 47, pad_token_id: 46,
};
const ours = {
  model_type: 'palimpsest_transformer', vocab_size: 53, hidden_size: 24, intermediate_size: 34, num_hidden_layers: 2, num_attention_heads: 6,
  num_key_value_heads: 2, head_dim: 8, max_position_embeddings: 64, rms_norm_eps: 1e-5, rope_theta: 5000, tie_word_embeddings: true, query_key_norm: false,
  visibility_block_size: 4, prediction: 'same', mask_token_id: 9,
};

const mambaConfig = {
  model_type: 'mamba', vocab_size: 53, hidden_size: 20, num_hidden_layers: 2, state_size: 5, conv_kernel: 4, layer_norm_epsilon: 1e-5, hidden_act: 'silu', eos_token_id: [7, 2],
};
const mamba2Config = { ...mambaConfig, model_type: 'mamba2', num_heads: 6, head_dim: 8, n_groups: 2 };
const originalMamba2 = { d_model: 40, n_layer: 2, vocab_size: 50, ssm_cfg: { layer: 'Mamba2', headdim: 16 }, rms_norm: true };

const oursOfScans = {
  model_type: 'palimpsest_mamba2', vocab_size: 53, hidden_size: 24, num_hidden_layers: 2, max_position_embeddings: 640, rms_norm_eps: 1e-5, tie_word_embeddings: true,
  visibility_block_size: 1, prediction: 'next', mamba2: { num_heads: 3, head_dim: 10, state_size: 7, n_groups: 1, norm_groups: 1, conv_kernel: 4 },
};

const oursOfKinds = {
  model_type: 'palimpsest_layers', vocab_size: 53, hidden_size: 24, num_hidden_layers: 6, max_position_embeddings: 64, rms_norm_eps: 1e-5, tie_word_embeddings: true,
  visibility_block_size: 1, prediction: 'next', layer_types: ['mamba2', 'mlp', 'ttt', 'attention', 'mlp', 'mamba2'],
  layer_settings: {
    mamba2: { heads: 3, headSize: 10, stateSize: 7, groups: 1, normGroups: 1, kernel: 4 }, mlp: { hidden: 34 }, attention: { heads: 6, keyHeads: 2, headSize: 8, rotaryTheta: 100, queryKeyNorm: true },
    ttt: { inner: 'linear', heads: 3, headSize: 8, miniBatch: 4, baseRate: 1, rotaryTheta: 100, gate: false },
  },
};

const parametersOf = (family: typeof llama, config: object): ReadonlyMap<string, readonly number[]> =>
  new Map(family.assemble(config, 'config.json').definition.parameters.map(({ name, shape }) => [name, shape]));
const biases = (config: object): readonly string[] => [...parametersOf(llama, config).keys()].filter((name) => /layers\.1.*bias$/.test(name)).map((name) => name.replace('model.layers.1.self_attn.', ''));

test('each model_type belongs to one family', () => {
  const types = families.flatMap(({ modelTypes }) => modelTypes);
  expect(types).toEqual(['llama', 'qwen2', 'qwen3', 'llada', 'mamba', 'mamba2', 'falcon_mamba', 'ttt', 'palimpsest_transformer', 'palimpsest_mamba2', 'palimpsest_ttt', 'palimpsest_layers']);
  expect(new Set(families.map(({ name }) => name)).size).toBe(families.length);
});

describe('Llama and Qwen', () => {
  test('what the config says is what is built', () => {
    const { definition, vocabulary, tensorName, ignored } = llama.assemble({ ...llamaConfig, head_dim: 10, pad_token_id: null, eos_token_id: [7, 2] }, 'config.json');
    expect(definition).toMatchObject({ vocabularySize: 53, width: 24, maximumLength: 64, prediction: 'next', visibility: { name: 'causal' } });
    expect(vocabulary).toEqual({ size: 53, begin: 1, end: 7 });
    expect(parametersOf(llama, { ...llamaConfig, head_dim: 10 }).get('model.layers.1.self_attn.k_proj.weight')).toEqual([20, 24]);
    expect(tensorName('model.layers.1.mlp.up_proj.weight')).toBe('model.layers.1.mlp.up_proj.weight');
    expect([ignored('model.layers.0.self_attn.rotary_emb.inv_freq'), ignored('lm_head.weight'), ignored('model.layers.0.extra')]).toEqual([true, false, false]);
  });

  test('heads share the width, and keys have as many heads as queries, where the config is silent', () => {
    const { num_key_value_heads: _, ...silent } = llamaConfig;
    expect(parametersOf(llama, silent).get('model.layers.0.self_attn.k_proj.weight')).toEqual([24, 24]);
    expect(parametersOf(llama, llamaConfig).get('model.layers.0.self_attn.k_proj.weight')).toEqual([8, 24]);
  });

  test('a tied head has no weight of its own, and one in the file is passed over', () => {
    expect(parametersOf(llama, llamaConfig).get('lm_head.weight')).toEqual([53, 24]);
    expect(parametersOf(llama, { ...llamaConfig, tie_word_embeddings: true }).has('lm_head.weight')).toBe(false);
    expect(llama.assemble({ ...llamaConfig, tie_word_embeddings: true }, 'config.json').ignored('lm_head.weight')).toBe(true);
  });

  test('biases and norms by model type', () => {
    expect(biases(llamaConfig)).toEqual([]);
    expect(biases(qwen2)).toEqual(['q_proj.bias', 'k_proj.bias', 'v_proj.bias']);
    expect(biases({ ...llamaConfig, attention_bias: true }).toSorted()).toEqual(['k_proj.bias', 'o_proj.bias', 'q_proj.bias', 'v_proj.bias']);
    expect(biases({ ...qwen3, attention_bias: true }).toSorted()).toEqual(['k_proj.bias', 'o_proj.bias', 'q_proj.bias', 'v_proj.bias']);
    const norms = (config: object): readonly string[] => [...parametersOf(llama, config).keys()].filter((name) => name.startsWith('model.layers.0.self_attn.') && name.includes('norm'));
    expect(norms(qwen3)).toEqual(['model.layers.0.self_attn.q_norm.weight', 'model.layers.0.self_attn.k_norm.weight']);
    expect([...norms(llamaConfig), ...norms(qwen2)]).toEqual([]);
  });
});

describe('Mamba', () => {
  test('defaults: twice the width, a bottleneck of a sixteenth, a tied head', () => {
    const { definition, vocabulary, tensorName, ignored } = mamba.assemble(mambaConfig, 'config.json');
    expect(definition).toMatchObject({ vocabularySize: 53, width: 20, prediction: 'next', visibility: { name: 'causal' } });
    expect(vocabulary).toEqual({ size: 53, end: 7 });
    expect(parametersOf(mamba, mambaConfig).get('model.layers.1.mixer.dt_proj.weight')).toEqual([40, 2]);
    expect(parametersOf(mamba, { ...mambaConfig, expand: 16, intermediate_size: 30, time_step_rank: 3 }).get('model.layers.1.mixer.dt_proj.weight')).toEqual([30, 3]);
    expect(['model.embed_tokens.weight', 'model.layers.1.mixer.A_log', 'model.layers.1.norm.weight', 'model.norm.weight'].map(tensorName)).toEqual([
      'backbone.embeddings.weight', 'backbone.layers.1.mixer.A_log', 'backbone.layers.1.norm.weight', 'backbone.norm_f.weight',
    ]);
    expect([ignored('lm_head.weight'), ignored('backbone.layers.0.extra')]).toEqual([true, false]);
  });

  test("Mamba-2's authors' config: defaults, padded rows", () => {
    expect(parametersOf(mamba2, originalMamba2).get('model.layers.0.mixer.in_proj.weight')).toEqual([2 * 80 + 2 * 128 + 5, 40]);
    expect(parametersOf(mamba2, originalMamba2).get('model.embed_tokens.weight')).toEqual([56, 40]);
    expect(mamba2.assemble(originalMamba2, 'config.json').vocabulary.size).toBe(50);
  });
});

test('our scans: layers as the config says, tensors under our names', () => {
  const { definition, tensorName } = palimpsest.assemble(oursOfScans, 'config.json');
  expect(definition).toMatchObject({ vocabularySize: 53, width: 24, maximumLength: 640, prediction: 'next', visibility: { name: 'causal' } });
  expect(parametersOf(palimpsest, oursOfScans).get('model.layers.1.mixer.in_proj.weight')).toEqual([2 * 30 + 2 * 7 + 3, 24]);
  expect(tensorName('model.layers.1.mixer.D')).toBe('model.layers.1.mixer.D');
  const both = { ...oursOfScans, visibility_block_size: 4, prediction: 'same', mamba2: { ...oursOfScans.mamba2, backward: 'separate' } };
  expect(palimpsest.assemble(both, 'config.json').definition.visibility.blockSize).toBe(4);
  expect(parametersOf(palimpsest, both).get('model.layers.0.mixer.backward.A_log')).toEqual([3]);
});

test('our layers that learn: as the config says, tensors under our names', () => {
  const { mamba2: _, ...stack } = oursOfScans;
  const learning = { inner_model: 'mlp', num_heads: 3, head_dim: 8, mini_batch_size: 4, base_rate: 0.1, rope_theta: 100, gate: true, shared_projection_kernel: 3 };
  const config = { ...stack, model_type: 'palimpsest_ttt', intermediate_size: 34, ttt: learning };
  expect(parametersOf(palimpsest, config).get('model.layers.1.seq_modeling_block.W2')).toEqual([3, 32, 8]);
  expect(parametersOf(palimpsest, config).get('model.layers.0.seq_modeling_block.conv_k.weight')).toEqual([24, 1, 3]);
  const both = { ...config, visibility_block_size: 4, prediction: 'same', ttt: { ...learning, backward: 'separate' } };
  expect(palimpsest.assemble(both, 'config.json').definition.visibility.blockSize).toBe(4);
  expect(parametersOf(palimpsest, both).get('model.layers.0.seq_modeling_block.backward.conv_q.bias')).toEqual([24]);
  expect(() => palimpsest.assemble({ ...config, ttt: { ...learning, head_dim: 7 } }, 'config.json')).toThrow('config.json: ttt.head_dim: expected');
  expect(() => palimpsest.assemble({ ...config, model_type: 'palimpsest_mamba2' }, 'config.json')).toThrow('config.json: mamba2: expected object; got nothing.');
});

test('our lists of layers: each kind where it is listed, with what its kind is set to', () => {
  const parameters = parametersOf(palimpsest, oursOfKinds);
  const mixers = [...parameters].flatMap(([name, shape]) => (/^model\.layers\.\d\.mixer\..*_proj\.weight$/.test(name) ? [[name.slice('model.layers.'.length, -'.weight'.length), ...shape]] : []));
  expect(mixers).toEqual([
    ['0.mixer.in_proj', 77, 24], ['0.mixer.out_proj', 24, 30], ['1.mixer.gate_proj', 34, 24], ['1.mixer.up_proj', 34, 24], ['1.mixer.down_proj', 24, 34],
    ['2.mixer.q_proj', 24, 24], ['2.mixer.k_proj', 24, 24], ['2.mixer.v_proj', 24, 24], ['2.mixer.o_proj', 24, 24],
    ['3.mixer.q_proj', 48, 24], ['3.mixer.k_proj', 16, 24], ['3.mixer.v_proj', 16, 24], ['3.mixer.o_proj', 24, 48],
    ['4.mixer.gate_proj', 34, 24], ['4.mixer.up_proj', 34, 24], ['4.mixer.down_proj', 24, 34], ['5.mixer.in_proj', 77, 24], ['5.mixer.out_proj', 24, 30],
  ]);
  expect([...parameters.keys()].filter((name) => name.endsWith('.norm.weight') && name.split('.').length === 5)).toHaveLength(6);
  const { definition } = palimpsest.assemble(oursOfKinds, 'config.json');
  expect(definition.states.filter(({ growth }) => growth === 'per-token').map(({ name, shape }) => [name, ...shape])).toEqual([['model.layers.3.mixer.keys', 2, 8], ['model.layers.3.mixer.values', 2, 8]]);
});

describe('TTT', () => {
  const config = { model_type: 'ttt', hidden_size: 20, intermediate_size: 22, num_hidden_layers: 2, num_attention_heads: 5, vocab_size: 47 };
  test('both backbones and both inner models, by the published names', () => {
    const plain = parametersOf(ttt, config);
    expect([plain.has('model.layers.1.seq_modeling_block.k_proj.weight'), plain.has('model.layers.1.conv.conv.weight'), plain.has('lm_head.weight')]).toEqual([true, false, false]);
    const mamba = parametersOf(ttt, { ...config, share_qk: true, use_gate: true, pre_conv: true, conv_kernel: 3, ttt_layer_type: 'mlp', tie_word_embeddings: false });
    expect(mamba.has('model.layers.1.seq_modeling_block.k_proj.weight')).toBe(false);
    expect(['conv.conv.weight', 'seq_modeling_block.conv_q.weight', 'seq_modeling_block.g_proj.weight', 'seq_modeling_block.W2', 'seq_modeling_block.b2'].map((name) => mamba.get(`model.layers.1.${name}`)))
      .toEqual([[20, 1, 3], [20, 1, 3], [20, 20], [5, 16, 4], [5, 1, 4]]);
    expect(mamba.get('lm_head.weight')).toEqual([47, 20]);
  });
  test.each([
    ['linear', 110_424_144],
    ['mlp', 114_589_776],
  ])('the published 125m of %s has as many parameters as theirs', (kind, count) => {
    const published = { model_type: 'ttt', hidden_size: 768, intermediate_size: 2048, num_hidden_layers: 12, num_attention_heads: 12, share_qk: true, use_gate: true, pre_conv: true, ttt_layer_type: kind };
    expect([...parametersOf(ttt, published).values()].reduce((sum, shape) => sum + shape.reduce((product, size) => product * size, 1), 0)).toBe(count);
  });
});

describe('LLaDA', () => {
  test('rows of the table, not of the tokenizer, and its special tokens', () => {
    const { definition, vocabulary } = llada.assemble(lladaConfig, 'config.json');
    expect(definition).toMatchObject({ vocabularySize: 53, width: 36, maximumLength: 64, prediction: 'same', visibility: { name: 'bidirectional' } });
    expect(vocabulary).toEqual({ size: 53, mask: 51, end: 47, pad: 46 });
  });

  test('names as published: two kinds of ff_out, and every parameter another name', () => {
    const { definition, tensorName } = llada.assemble(lladaConfig, 'config.json');
    const names = definition.parameters.map(({ name }) => tensorName(name));
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => name.includes('ff_out'))).toEqual(['model.transformer.blocks.0.ff_out.weight', 'model.transformer.blocks.1.ff_out.weight', 'model.transformer.ff_out.weight']);
    expect(['model.layers.1.mlp.gate_proj.weight', 'model.layers.1.mlp.up_proj.weight', 'model.layers.1.post_attention_layernorm.weight', 'model.layers.0.self_attn.o_proj.weight', 'model.embed_tokens.weight'].map(tensorName)).toEqual([
      'model.transformer.blocks.1.ff_proj.weight', 'model.transformer.blocks.1.up_proj.weight', 'model.transformer.blocks.1.ff_norm.weight', 'model.transformer.blocks.0.attn_out.weight', 'model.transformer.wte.weight',
    ]);
  });
});

describe('Palimpsest', () => {
  test.each([[4, 'block-causal(4)'], [1, 'causal'], [null, 'bidirectional']])('a visibility block of %s is %s', (size, name) => {
    expect(palimpsest.assemble({ ...ours, visibility_block_size: size }, 'config.json').definition.visibility.name).toBe(name);
  });

  test('special tokens are there or absent', () => {
    expect(palimpsest.assemble(ours, 'config.json').vocabulary).toEqual({ size: 53, mask: 9 });
    expect(palimpsest.assemble({ ...ours, bos_token_id: 0, eos_token_id: 1, pad_token_id: 3 }, 'config.json').vocabulary).toEqual({ size: 53, mask: 9, begin: 0, end: 1, pad: 3 });
  });

  test('norms on queries and keys on request', () => {
    expect([...parametersOf(palimpsest, { ...ours, query_key_norm: true })].filter(([name]) => name.includes('q_norm')).map(([, shape]) => shape)).toEqual([[8], [8]]);
  });
});

describe('what is refused, by key', () => {
  const without = (config: Readonly<Record<string, unknown>>, key: string): object => Object.fromEntries(Object.entries(config).filter(([name]) => name !== key));
  test.each<[string, typeof llama, unknown, string]>([
    ['an unknown key, with the nearest known', llama, { ...llamaConfig, rope_thet: 1 }, 'folder/config.json: rope_thet: expected a key that is known; got an unknown one. Nearest: rope_theta'],
    ['a missing size', llama, without(llamaConfig, 'hidden_size'), 'folder/config.json: hidden_size: expected number; got nothing.'],
    ['a size of zero', llama, { ...llamaConfig, num_hidden_layers: 0 }, 'num_hidden_layers: expected'],
    ['half a size', llama, { ...llamaConfig, vocab_size: 5.5 }, 'vocab_size: expected int; got 5.5.'],
    ['another activation', llama, { ...llamaConfig, hidden_act: 'gelu' }, 'hidden_act: expected "silu"; got "gelu".'],
    ['scaled rotary positions', llama, { ...llamaConfig, rope_scaling: { rope_type: 'llama3', factor: 8 } }, 'rope_scaling: expected null; got {"rope_type":"llama3","factor":8}.'],
    ['scaled rotary positions, as written since', llama, { ...qwen3, rope_parameters: { rope_theta: 1e6, rope_type: 'yarn' } }, 'rope_parameters.rope_type: expected "default"; got "yarn".'],
    ['a sliding window', llama, { ...qwen2, use_sliding_window: true, sliding_window: 4096 }, 'use_sliding_window: expected false; got true.'],
    ['layers that slide', llama, { ...qwen3, layer_types: ['full_attention', 'sliding_attention'] }, 'layer_types.1: expected "full_attention"; got "sliding_attention".'],
    ['biases in the MLP', llama, { ...llamaConfig, mlp_bias: true }, 'mlp_bias: expected false; got true.'],
    ['heads that do not divide the width', llama, { ...llamaConfig, num_attention_heads: 5, num_key_value_heads: 5 }, 'expected a number of heads that divides 24; got 5'],
    ['key heads that do not divide the heads', llama, { ...llamaConfig, num_key_value_heads: 4 }, 'expected a number of key/value heads that divides 6; got 4'],
    ['heads of odd size', llama, { ...llamaConfig, head_dim: 7 }, 'expected heads of an even size'],
    ['a token that is not there', llama, { ...llamaConfig, eos_token_id: 53 }, 'expected an end token below 53; got 53'],
    ['another model\'s block', llada, { ...lladaConfig, block_type: 'sequential' }, 'block_type: expected "llama"; got "sequential".'],
    ['no rotary positions', llada, { ...lladaConfig, rope: false }, 'rope: expected true; got false.'],
    ['biases', llada, { ...lladaConfig, include_bias: true }, 'include_bias: expected false; got true.'],
    ['no mask', llada, without(lladaConfig, 'mask_token_id'), 'mask_token_id: expected number; got nothing.'],
    ['a mask beyond the table', llada, { ...lladaConfig, mask_token_id: 53 }, 'expected a mask token below 53; got 53'],
    ['heads that do not divide LLaDA\'s width', llada, { ...lladaConfig, n_heads: 5, n_kv_heads: 5 }, 'expected a number of heads that divides 36; got 5'],
    ['another prediction', palimpsest, { ...ours, prediction: 'last' }, 'prediction: expected one of "same"|"next"; got "last".'],
    ['a block of no tokens', palimpsest, { ...ours, visibility_block_size: 0 }, 'visibility_block_size: expected'],
    ['a key left out on purpose', palimpsest, without(ours, 'visibility_block_size'), 'visibility_block_size: expected number; got nothing.'],
    ['projections with biases', mamba, { ...mambaConfig, use_bias: true }, 'use_bias: expected false; got true.'],
    ['a convolution without', mamba2, { ...mamba2Config, use_conv_bias: false }, 'use_conv_bias: expected true; got false.'],
    ['groups that do not divide the heads', mamba2, { ...mamba2Config, n_groups: 4 }, 'config.json: expected groups that divide the 6 heads; got 4.'],
    ['norm groups that do not divide the width', mamba2, { ...mamba2Config, norm_groups: 5 }, 'expected norm groups that divide the inner width, 48; got 5.'],
    ['heads that do not fit', mamba2, { ...originalMamba2, ssm_cfg: { layer: 'Mamba2' } }, 'expected a head size that divides the inner width; got 64.'],
    ['attention between the scans', mamba2, { ...originalMamba2, attn_layer_idx: [1] }, 'attn_layer_idx.0: expected never; got 1.'],
    ['scans with a key too many', palimpsest, { ...oursOfScans, head_dim: 3 }, 'head_dim: expected a key that is known'],
    ['scans of another type', palimpsest, { ...oursOfScans, model_type: 'palimpsest_transformer' }, 'intermediate_size: expected number; got nothing.'],
    ['heads of an odd size', ttt, { model_type: 'ttt', hidden_size: 15, num_attention_heads: 5 }, 'config.json: expected a number of heads that divides 15 into heads of an even size; got 5.'],
    ['another inner model', ttt, { model_type: 'ttt', ttt_layer_type: 'attention' }, 'ttt_layer_type: expected one of "linear"|"mlp"; got "attention".'],
    ['no object', palimpsest, 'text', 'expected a model_type among palimpsest_transformer, palimpsest_mamba2, palimpsest_ttt, palimpsest_layers; got none.'],
    ['fewer layers than are listed', palimpsest, { ...oursOfKinds, num_hidden_layers: 4 }, 'config.json: layer_types: expected 4 of them, as num_hidden_layers says; got 6.'],
    ['a kind without settings', palimpsest, { ...oursOfKinds, layer_settings: without(oursOfKinds.layer_settings, 'ttt') }, 'layer_settings.ttt: expected settings, since layer 2 is of this kind; got mamba2, mlp, ttt, attention, mlp, mamba2.'],
    ['settings without a layer', palimpsest, { ...oursOfKinds, num_hidden_layers: 1, layer_types: ['mlp'] }, 'layer_settings.attention: expected nothing, since no layer is of this kind; got mlp.'],
    ['a kind that is none', palimpsest, { ...oursOfKinds, layer_types: ['mlp', 'rwkv'] }, 'layer_types.1: expected one of'],
    ['a setting that is none', palimpsest, { ...oursOfKinds, layer_settings: { ...oursOfKinds.layer_settings, mlp: { hidden: 34, width: 3 } } }, "layer_settings.mlp.width: expected a key that is known; got an unknown one. A key"],
    ['key heads that do not divide the heads of one layer', palimpsest, { ...oursOfKinds, layer_settings: { ...oursOfKinds.layer_settings, attention: { ...oursOfKinds.layer_settings.attention, keyHeads: 4 } } }, 'model.layers.3.mixer: expected a number of key/value heads that divides 6; got 4.'],
  ])('%s', (_, family, config, message) => {
    const assemble = (): unknown => family.assemble(config, 'folder/config.json');
    expect(assemble).toThrow(PalimpsestError);
    expect(assemble).toThrow(message);
  });
});
