import { evaluate, input, multiply, parameter, writeOnnx } from '@palimpsest/graph';
import { relativeDifference } from '@palimpsest/graph/testing';
import { zeros } from '@palimpsest/layers';
import { openSession } from '@palimpsest/runtime';
import { adamW, buildStep, muon, slotName, stepScalars, updatedName } from '@palimpsest/training';
import type { OptimiserPlan, StateTensor } from '@palimpsest/training';
import { describe, expect, test } from 'vitest';
import { asFeeds, asReference, batchFeeds, hostTensors, oracleModel, recordedJson, recordedTensors } from './oracle.js';

const largestDifference = (left: ArrayLike<number>, right: ArrayLike<number>): number =>
  Array.from(left, (value, i) => Math.abs(value - right[i]!)).reduce((a, b) => Math.max(a, b), 0);

/** Gradients of a training step are far from zero, so that epsilon, bias correction and decay all show. */
describe.each(['llama-tiny', 'llada-tiny'])('two AdamW steps of %s against PyTorch', (name) => {
  test('the whole step as one graph moves every parameter as theirs', async () => {
    const { definition, step, tensors } = await oracleModel(name);
    const { learning_rate: learningRate, beta1, beta2, epsilon, weight_decay: weightDecay, without_weight_decay: undecayed } = step.adamw;
    const rule = adamW({ learningRate, beta1, beta2, epsilon, weightDecay });
    const plain = adamW({ learningRate, beta1, beta2, epsilon });
    const optimiser: OptimiserPlan = { matrix: rule, embedding: rule, vector: undecayed.length === 0 ? rule : plain };
    const shape = [step.inputs.length, step.inputs[0]!.length] as const;
    const cells = shape[0] * shape[1];
    const weights = Float32Array.from({ length: cells }, (_, i) => {
      const [row, column] = [Math.floor(i / shape[1]), i % shape[1]];
      return step.masked === undefined ? 1 / cells : step.masked[row]![column]! / step.rate![row]! / cells;
    });
    const batch = batchFeeds({ tokens: Int32Array.from(step.inputs.flat()), targets: Int32Array.from(step.targets.flat()), weights }, shape);
    const outputs = buildStep({ model: definition, rows: shape[0], length: shape[1], microbatches: 1, optimiser, clipNorm: Infinity, averaged: false });
    await using session = await openSession(writeOnnx({ outputs, storage: () => 'input' }));

    const slots = ['adam.first', 'adam.second'];
    let state: ReadonlyMap<string, StateTensor> = new Map([...await tensors('weights')].flatMap(([parameterName, tensor]) => [
      [parameterName, tensor] as const,
      ...slots.map((slot) => [slotName(slot, parameterName), { shape: tensor.shape, data: new Float32Array(tensor.data.length) }] as const),
    ]));
    for (const [count, loss] of [[1, step.loss], [2, step.loss_before_second_step]] as const) {
      const scalars = Object.fromEntries(Object.entries(stepScalars(optimiser, count, 1)).map(([key, value]) => [key, asReference({ shape: [], data: [value] })]));
      const results = await session.run(hostTensors({ ...asFeeds(state), ...scalars, ...batch }));
      expect(Number(results['loss']!.data[0]) / loss).toBeCloseTo(1, 4);
      if (count === 1) expect(Number(results['gradientNorm']!.data[0]) / step.gradient_norm).toBeCloseTo(1, 5);
      state = new Map([...state].map(([tensor, { shape: of }]) => [tensor, { shape: of, data: results[updatedName(tensor)]!.data as Float32Array }]));
      const after = await tensors(`after-${count}.safetensors`);
      for (const [parameterName, expected] of after) expect(largestDifference(state.get(parameterName)!.data, expected.data), `${parameterName}, step ${count}`).toBeLessThan(1e-5);
    }
  });
});

test.each(['ttt-linear-tiny', 'ttt-linear-tiny-mamba', 'ttt-mlp-tiny', 'ttt-mlp-tiny-mamba'])('the losses of ten AdamW steps of %s are those of the authors\' code', async (name) => {
  const { definition, step, tensors } = await oracleModel(name);
  const { learning_rate: learningRate, beta1, beta2, epsilon, weight_decay: weightDecay } = step.adamw;
  const rule = adamW({ learningRate, beta1, beta2, epsilon, weightDecay });
  const optimiser: OptimiserPlan = { matrix: rule, embedding: rule, vector: rule };
  const shape = [step.inputs.length, step.inputs[0]!.length] as const;
  const cells = shape[0] * shape[1];
  const batch = batchFeeds({ tokens: Int32Array.from(step.inputs.flat()), targets: Int32Array.from(step.targets.flat()), weights: new Float32Array(cells).fill(1 / cells) }, shape);
  const outputs = buildStep({ model: definition, rows: shape[0], length: shape[1], microbatches: 1, optimiser, clipNorm: Infinity, averaged: false });
  await using session = await openSession(writeOnnx({ outputs, storage: () => 'input' }));
  let state: ReadonlyMap<string, StateTensor> = new Map([...await tensors('weights')].flatMap(([parameterName, tensor]) => [
    [parameterName, tensor] as const,
    ...['adam.first', 'adam.second'].map((slot) => [slotName(slot, parameterName), { shape: tensor.shape, data: new Float32Array(tensor.data.length) }] as const),
  ]));
  expect(step.losses).toHaveLength(10);
  for (const [index, loss] of step.losses!.entries()) {
    const scalars = Object.fromEntries(Object.entries(stepScalars(optimiser, index + 1, 1)).map(([key, value]) => [key, asReference({ shape: [], data: [value] })]));
    const results = await session.run(hostTensors({ ...asFeeds(state), ...scalars, ...batch }));
    expect(Math.abs(Number(results['loss']!.data[0]) - loss), `step ${index + 1}`).toBeLessThan(1e-4);
    state = new Map([...state].map(([tensor, { shape: of }]) => [tensor, { shape: of, data: results[updatedName(tensor)]!.data as Float32Array }]));
  }
});

describe('two Muon steps against the published definition', () => {
  interface Settings { readonly learning_rate: number; readonly momentum: number; readonly weight_decay: number; readonly iterations: number }
  const { learning_rate: learningRate, momentum, weight_decay: weightDecay, iterations } = recordedJson<Settings>('muon/settings.json');

  test.each(['wide', 'tall'])('of a %s matrix', async (name) => {
    const recorded = await recordedTensors('muon/steps.safetensors');
    const tensor = (key: string): StateTensor => recorded.get(`${name}.${key}`)!;
    const shape = tensor('before').shape;
    const declaration = { name: 'w', shape, initialise: zeros, role: 'matrix', value: parameter('w', shape) } as const;
    const rule = muon({ learningRate, momentum, weightDecay, iterations });
    const updated = rule.update({
      declaration, parameter: declaration.value, gradient: (times) => multiply(input('g', shape), times), slots: { 'muon.momentum': input('m', shape) }, scalars: {}, factor: input('factor', []),
    });
    const momentumAfter = updated.slots['muon.momentum']!;
    const feeds = (count: 1 | 2): Record<string, ReturnType<typeof asReference>> => ({
      w: asReference(count === 1 ? tensor('before') : tensor('after.1')), g: asReference(tensor(`gradient.${count}`)),
      m: count === 1 ? asReference({ shape, data: new Float64Array(tensor('before').data.length) }) : asReference(tensor('momentum.1')), factor: asReference({ shape: [], data: [1] }),
    });
    await using session = await openSession(writeOnnx({ outputs: { after: updated.parameter, momentum: momentumAfter }, storage: () => 'input' }));
    for (const count of [1, 2] as const) {
      const [after, average] = evaluate([updated.parameter, momentumAfter], feeds(count));
      expect(relativeDifference(after!, asReference(tensor(`after.${count}`)))).toBeLessThan(1e-6);
      expect(relativeDifference(average!, asReference(tensor(`momentum.${count}`)))).toBeLessThan(1e-6);
      const results = await session.run(hostTensors(feeds(count)));
      expect(largestDifference(results['after']!.data as Float32Array, tensor(`after.${count}`).data)).toBeLessThan(1e-5);
    }
  });
});
