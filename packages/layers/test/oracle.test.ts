import { readFileSync } from 'node:fs';
import { bidirectional, blockCausal, causal } from '@palimpsest/backbone';
import type { Visibility } from '@palimpsest/backbone';
import { evaluate, gradients, input, multiply, reduceSum, reference } from '@palimpsest/graph';
import type { Feeds, Reference, Value } from '@palimpsest/graph';
import { relativeDifference } from '@palimpsest/graph/testing';
import { attention, gatedMlp, layerNorm, openScope, rmsNorm, rotate, sharedValues } from '@palimpsest/layers';
import type { Layer, LayerContext, Scope } from '@palimpsest/layers';
import { describe, expect, test } from 'vitest';

// Values and gradients of PyTorch in float64: tools/oracle/layers.py made them, provenance.json stands beside them.
const folder = new URL('../../../tools/oracle/fixtures/layers/', import.meta.url);
const settings = JSON.parse(readFileSync(new URL('settings.json', folder), 'utf8'));

/** Tensors of a safetensors file that holds nothing but float64. */
function tensorsOf(name: string): ReadonlyMap<string, Reference> {
  const file = readFileSync(new URL(`${name}.safetensors`, folder));
  const start = 8 + Number(file.readBigUInt64LE());
  const { __metadata__: _, ...header } = JSON.parse(file.toString('utf8', 8, start)) as Record<string, { shape: number[]; data_offsets: [number, number] }>;
  return new Map(Object.entries(header).map(([tensor, { shape, data_offsets: [from, to] }]) =>
    [tensor, reference(shape, new Float64Array(new Uint8Array(file.subarray(start + from, start + to)).buffer))]));
}

const contextOf = (positions: readonly number[], visibility: Visibility): LayerContext => ({
  batch: 2, length: positions.length, maximumLength: 1024, visibility, positions: input('positions', [2, positions.length], 'int64'),
  keep: () => undefined, shared: sharedValues(),
});

const ofAttention = (name: string, options: { readonly norm: boolean; readonly bias: boolean }): ((scope: Scope) => Layer) => {
  const { heads, kv_heads: keyHeads, head_dim: headSize, theta, epsilon } = settings[name];
  return (scope) => attention(scope, {
    width: 14, heads, keyHeads, headSize, rotary: { theta }, queryKeyValueBias: options.bias, outputBias: options.bias, ...(options.norm && { queryKeyNorm: { epsilon } }),
  });
};
const epsilonOf = (name: string): number => settings[name].epsilon;

const cases: Readonly<Record<string, { readonly create: (scope: Scope) => Layer; readonly visibility?: Visibility }>> = {
  'rms-norm': { create: (scope) => rmsNorm(scope, { width: 13, epsilon: epsilonOf('rms-norm') }) },
  'rms-norm-large-epsilon': { create: (scope) => rmsNorm(scope, { width: 13, epsilon: epsilonOf('rms-norm-large-epsilon') }) },
  'layer-norm': { create: (scope) => layerNorm(scope, { width: 13, epsilon: epsilonOf('layer-norm') }) },
  'layer-norm-without-bias': { create: (scope) => layerNorm(scope, { width: 13, epsilon: epsilonOf('layer-norm-without-bias'), bias: false }) },
  'gated-mlp': { create: (scope) => gatedMlp(scope, { width: 10, hidden: 17 }) },
  rotary: { create: () => (x, context) => rotate(x, 10, settings.rotary, context) },
  'rotary-after-prefix': { create: () => (x, context) => rotate(x, 10, settings['rotary-after-prefix'], context) },
  'attention-causal': { create: ofAttention('attention-causal', { norm: false, bias: true }), visibility: causal },
  'attention-bidirectional': { create: ofAttention('attention-bidirectional', { norm: true, bias: false }), visibility: bidirectional },
  'attention-block-causal': { create: ofAttention('attention-block-causal', { norm: true, bias: true }), visibility: blockCausal(3) },
};

describe.each(Object.entries(cases))('%s', (name, { create, visibility = bidirectional }) => {
  const tensors = tensorsOf(name);
  const x = tensors.get('input.x')!;
  const positions: readonly number[] = settings[name].positions ?? Array.from({ length: x.shape[1]! }, (_, i) => i);
  const { scope, declarations } = openScope();
  const fed = input('x', x.shape);
  const output = create(scope)(fed, contextOf(positions, visibility));
  const feeds: Feeds = {
    x, positions: reference([2, positions.length], [...positions, ...positions]),
    ...Object.fromEntries(declarations.parameters.map((parameter) => [parameter.name, tensors.get(`parameter.${parameter.name}`)!])),
  };

  test('gives the values that PyTorch gives', () => {
    expect(declarations.parameters.length).toBe([...tensors.keys()].filter((key) => key.startsWith('parameter.')).length);
    expect(relativeDifference(evaluate([output], feeds)[0]!, tensors.get('output')!)).toBeLessThan(1e-10);
  });

  test('gives the gradients that PyTorch gives', () => {
    const sources: ReadonlyMap<string, Value> = new Map([['x', fed], ...declarations.parameters.map(({ name: parameter, value }) => [parameter, value] as const)]);
    const loss = reduceSum(multiply(output, input('seed', output.shape)));
    const slopes = evaluate(gradients(loss, [...sources.values()]), { ...feeds, seed: tensors.get('seed')! });
    for (const [index, source] of [...sources.keys()].entries()) {
      expect({ source, difference: relativeDifference(slopes[index]!, tensors.get(`gradient.${source}`)!) }).toEqual({ source, difference: expect.closeTo(0, 9) });
    }
  });
});
