import { bidirectional, causal } from '@palimpsest/backbone';
import { evaluate, reference } from '@palimpsest/graph';
import type { Feeds } from '@palimpsest/graph';
import { randomReference } from '@palimpsest/graph/testing';
import { expect, test } from 'vitest';
import { attentionNaive } from './attention/attention.naive.js';
import { gatedMlpNaive } from './gated-mlp/gated-mlp.naive.js';
import type { Rows, Weights } from './linear/linear.naive.js';
import type { ModelDefinition } from './model.js';
import { rmsNormNaive } from './norm/norm.naive.js';
import { buildPass } from './pass.js';
import { openScope } from './scope.js';
import { defineTransformer } from './transformer.js';
import type { TransformerConfig } from './transformer.js';

const config: TransformerConfig = {
  vocabularySize: 13, width: 10, layers: 2, heads: 4, keyHeads: 2, headSize: 6, hidden: 7, maximumLength: 9, visibility: causal, prediction: 'next',
  rotary: { theta: 100 }, normEpsilon: 0.01, tiedHead: true,
};

const weightsOf = ({ parameters }: ModelDefinition, seed: number): Feeds =>
  Object.fromEntries(parameters.map(({ name, shape }, index) => [name, randomReference(shape, seed + index)]));

/** Llama from its pieces: pre-norm residual branches, a final norm, scores against the table or a matrix of its own. */
function scoresNaive(tokens: readonly number[], weights: Feeds, own: TransformerConfig): Rows {
  const { width, heads, keyHeads, headSize, rotary } = own;
  const below = (prefix: string): Weights =>
    Object.fromEntries(Object.entries(weights).filter(([name]) => name.startsWith(prefix)).map(([name, value]) => [name.slice(prefix.length), value]));
  const rowOf = (name: string, row: number): number[] => [...weights[name]!.data.subarray(row * own.width, (row + 1) * own.width)];
  const normed = (x: Rows, name: string): Rows => rmsNormNaive(x, weights[`${name}.weight`]!.data, own.normEpsilon);
  const add = (a: Rows, b: Rows): Rows => a.map((row, t) => row.map((value, i) => value + b[t]![i]!));
  let x: Rows = tokens.map((token) => rowOf('model.embed_tokens.weight', token));
  for (let layer = 0; layer < own.layers; layer++) {
    const at = `model.layers.${layer}`;
    x = add(x, attentionNaive(normed(x, `${at}.input_layernorm`), below(`${at}.self_attn.`), { width, heads, keyHeads, headSize, rotary }, own.visibility));
    x = add(x, gatedMlpNaive(normed(x, `${at}.post_attention_layernorm`), below(`${at}.mlp.`)));
  }
  const table = own.tiedHead ? 'model.embed_tokens.weight' : 'lm_head.weight';
  return normed(x, 'model.norm').map((row) => Array.from({ length: own.vocabularySize }, (_, id) => rowOf(table, id).reduce((sum, value, i) => sum + value * row[i]!, 0)));
}

test.each([
  ['tied head, causal', config],
  ['head of its own, bidirectional', { ...config, tiedHead: false, visibility: bidirectional }],
] as const)('a transformer is its pieces: %s', (_, own) => {
  const model = defineTransformer(own);
  const weights = weightsOf(model, 3);
  const sequences = [[3, 12, 0, 3, 7], [1, 1, 2, 9, 4]];
  const { hidden } = buildPass(model, { batch: 2, length: 5 });
  const positions = reference([2, 5], [0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);
  const [scores] = evaluate([model.head(hidden)], { ...weights, tokens: reference([2, 5], sequences.flat()), positions });
  const expected = sequences.flatMap((tokens) => scoresNaive(tokens, weights, own)).flat();
  expect(scores!.data.length).toBe(expected.length);
  for (const [i, value] of scores!.data.entries()) expect(value).toBeCloseTo(expected[i]!, 10);
});

test('names, shapes and states are those of published checkpoints', () => {
  const { parameters, states } = defineTransformer({ ...config, layers: 1, tiedHead: false, queryKeyNorm: true, queryKeyValueBias: true });
  expect(Object.fromEntries(parameters.map(({ name, shape, role }) => [name, `${role} ${shape.join(' ')}`]))).toEqual({
    'model.embed_tokens.weight': 'embedding 13 10',
    'model.layers.0.input_layernorm.weight': 'vector 10',
    'model.layers.0.self_attn.q_proj.weight': 'matrix 24 10',
    'model.layers.0.self_attn.q_proj.bias': 'vector 24',
    'model.layers.0.self_attn.k_proj.weight': 'matrix 12 10',
    'model.layers.0.self_attn.k_proj.bias': 'vector 12',
    'model.layers.0.self_attn.v_proj.weight': 'matrix 12 10',
    'model.layers.0.self_attn.v_proj.bias': 'vector 12',
    'model.layers.0.self_attn.o_proj.weight': 'matrix 10 24',
    'model.layers.0.self_attn.q_norm.weight': 'vector 6',
    'model.layers.0.self_attn.k_norm.weight': 'vector 6',
    'model.layers.0.post_attention_layernorm.weight': 'vector 10',
    'model.layers.0.mlp.gate_proj.weight': 'matrix 7 10',
    'model.layers.0.mlp.up_proj.weight': 'matrix 7 10',
    'model.layers.0.mlp.down_proj.weight': 'matrix 10 7',
    'model.norm.weight': 'vector 10',
    'lm_head.weight': 'embedding 13 10',
  });
  expect(states).toEqual([
    { name: 'model.layers.0.self_attn.keys', shape: [2, 6], growth: 'per-token' },
    { name: 'model.layers.0.self_attn.values', shape: [2, 6], growth: 'per-token' },
  ]);
});

test('a name is declared once; sizes are positive integers', () => {
  const { scope } = openScope();
  const declare = (): unknown => scope.child('a').child(0).state('sum', [3], 'fixed');
  declare();
  expect(declare).toThrow('scope a.0: expected each name once; got a.0.sum twice');
  expect(() => defineTransformer({ ...config, width: 0 })).toThrow('defineModel: width: expected a positive integer; got 0');
});
