import { blockCausal, causal } from '@palimpsest/backbone';
import type { Prediction, Visibility } from '@palimpsest/backbone';
import { add, concat, constant, evaluate, gatherElements, gradients, input, logSoftmax, multiply, negate, reduceSum, reshape, slice, writeOnnx } from '@palimpsest/graph';
import type { Feeds, Reference, Value } from '@palimpsest/graph';
import { randomReference, relativeDifference } from '@palimpsest/graph/testing';
import { attention, defineModel, gatedMlp, residual, rmsNorm, sharedValues } from '@palimpsest/layers';
import type { Layer, ModelDefinition, Scope } from '@palimpsest/layers';
import { openSession } from '@palimpsest/runtime';
import { mamba1, mamba2 } from '@palimpsest/ssm';
import { tttLinear, tttMlp } from '@palimpsest/ttt';
import type { TttConfig } from '@palimpsest/ttt';
import { besideClean, blockDiffusion, buildGradients, buildLoss, nextToken } from '@palimpsest/training';
import type { Batch, Reading, Rows } from '@palimpsest/training';
import { describe, expect, test } from 'vitest';
import { asReference, batchFeeds, hostTensors } from './oracle.js';

const [rows, length, vocabularySize, width, maskId] = [3, 12, 17, 12, 16];
const given: Rows = { rows, length, tokens: Int32Array.from({ length: rows * length }, (_, i) => (i * i * 5 + 3) % 16), lengths: Int32Array.of(12, 5, 9) };

type Mixer = (scope: Scope) => Layer;
const rotary: Mixer = (scope) => attention(scope, { width, heads: 3, keyHeads: 1, headSize: 4, rotary: { theta: 100 }, queryKeyNorm: { epsilon: 1e-5 } });
const scan2 = (backward: 'shared' | 'separate'): Mixer => (scope) => mamba2(scope, { width, heads: 4, headSize: 6, stateSize: 5, groups: 2, normGroups: 2, normEpsilon: 1e-5, kernel: 4, backward });
const scan1 = (backward: 'shared' | 'separate'): Mixer => (scope) => mamba1(scope, { width, inner: 10, stateSize: 5, stepRank: 3, kernel: 4, backward });
const learning: TttConfig = { width, heads: 2, headSize: 6, miniBatch: 3, baseRate: 0.5, normEpsilon: 0.01, rotary: { theta: 50 }, backward: 'separate' };
const learnLinear = (change: Partial<TttConfig> = {}): Mixer => (scope) => tttLinear(scope, { ...learning, ...change });
/** Heads of 4: a norm over two numbers is nearly a step, which float32 does not follow to five digits. */
const learnMlp = (change: Partial<TttConfig> = {}): Mixer => (scope) => tttMlp(scope, { ...learning, headSize: 4, ...change });
const mlp: Mixer = (scope) => gatedMlp(scope, { width, hidden: 10 });

function modelOf(mixers: readonly Mixer[], visibility: Visibility, prediction: Prediction): ModelDefinition {
  const norm = { width, epsilon: 1e-5 };
  return defineModel({
    vocabularySize, width, maximumLength: 30, visibility, prediction, tiedHead: false,
    layers: (scope) => mixers.map((mixer, layer) => residual(rmsNorm(scope.child(layer).child('norm'), norm), mixer(scope.child(layer).child('mixer')))),
    finalNorm: (scope) => rmsNorm(scope, norm),
  });
}

const weightsOf = ({ parameters }: ModelDefinition): Feeds => Object.fromEntries(parameters.map(({ name, shape }, i) => [name, randomReference(shape, 10 + i)]));

/** Hidden rows of a text from position 0 on, as when it is scored. */
function hiddenOf(model: ModelDefinition, tokens: Value): Value {
  const columns = Number(tokens.shape[1]);
  const positions = constant([rows, columns], Array.from({ length: rows * columns }, (_, i) => i % columns), 'int64');
  return model.hidden(tokens, { batch: rows, length: columns, positions, maximumLength: model.maximumLength, visibility: model.visibility, keep: () => undefined, shared: sharedValues() });
}

/**
 * The loss by two passes to a block: one over the clean blocks before it, as a sampler commits them, one over the same with the noisy block
 * behind them. Of the first pass a shifted model's last row is asked for the block's first token, of the second the rows of the block.
 */
function lossNaive(model: ModelDefinition): Value {
  const { visibility: { blockSize }, prediction } = model;
  const [both, targets, weights] = [input('tokens', [rows, 2 * length], 'int64'), input('targets', [rows, length], 'int64'), input('weights', [rows, length])];
  const crossEntropy = (hidden: Value, row: number, cell: number): Value => {
    const scores = logSoftmax(model.head(reshape(slice(hidden, 1, row, row + 1), [rows, width])));
    return multiply(gatherElements(scores, slice(targets, 1, cell, cell + 1), 1), slice(weights, 1, cell, cell + 1));
  };
  const terms: Value[] = [];
  for (let start = 0; start < length; start += blockSize) {
    const before = slice(both, 1, length, length + start);
    const noisy = slice(both, 1, start, start + blockSize);
    const seen = hiddenOf(model, start === 0 ? noisy : concat([before, noisy], 1));
    if (prediction === 'same') for (let cell = start; cell < start + blockSize; cell++) terms.push(crossEntropy(seen, cell, cell));
    else {
      if (start > 0) terms.push(crossEntropy(hiddenOf(model, before), start - 1, start - 1));
      for (let cell = start; cell < start + blockSize - 1; cell++) terms.push(crossEntropy(seen, cell, cell));
    }
  }
  return negate(terms.map((term) => reduceSum(term)).reduce((sum, term) => add(sum, term)));
}

const feedsOf = (model: ModelDefinition, { tokens, targets, weights }: Batch): Feeds => ({
  ...weightsOf(model), ...batchFeeds({ tokens: targets, targets, weights }, [rows, length]), tokens: asReference({ shape: [rows, 2 * length], data: Float64Array.from(tokens) }),
});

const stacks = {
  attention: [rotary, mlp, rotary],
  'Mamba-2': [scan2('separate'), scan2('shared')],
  'Mamba-1': [scan1('shared'), scan1('separate')],
  'Mamba-2 beside attention': [scan2('separate'), rotary, mlp],
  'TTT-Linear, mini-batches of a block, of a part of one': [learnLinear(), learnLinear({ backward: 'shared' })],
  'TTT-Linear, mini-batches that cross blocks, and longer than two': [learnLinear({ miniBatch: 4, sharedProjection: { kernel: 3 }, gate: true }), learnLinear({ miniBatch: 7, backward: 'shared' })],
  'TTT-MLP': [learnMlp({ miniBatch: 5, sharedProjection: { kernel: 4 } })],
  'TTT-Linear beside Mamba-2 and attention': [learnLinear({ miniBatch: 4 }), scan2('shared'), rotary],
};

describe.each(Object.entries(stacks))('%s', (_, mixers) => {
  test.each(['same', 'next'] as const)('one pass over noisy and clean copies gives the loss of two passes to a block, and every gradient; row predicts the %s token', (prediction) => {
    for (const blockSize of [3, 6]) {
      const model = modelOf(mixers, blockCausal(blockSize), prediction);
      const feeds = feedsOf(model, blockDiffusion({ maskId, seed: 5, prediction, blockSize, keep: 1 }).batch(given, blockSize));
      const plan = { model, rows, length, microbatches: 1, reading: besideClean };
      const { loss, gradients: clever } = buildGradients(plan);
      const naive = lossNaive(model);
      const [found, expected] = evaluate([loss, naive], feeds);
      expect(Math.abs(found!.data[0]! / expected!.data[0]! - 1)).toBeLessThan(1e-12);
      const parameters = model.parameters.map(({ value }) => value);
      const [came, wanted] = [evaluate(clever, feeds), evaluate(gradients(naive, parameters), feeds)];
      model.parameters.forEach(({ name }, i) => expect(relativeDifference(came[i]!, wanted[i]!), name).toBeLessThan(1e-9));
    }
  });
});

test.each(['attention', 'Mamba-2 beside attention', 'TTT-Linear, mini-batches that cross blocks, and longer than two', 'TTT-MLP'] as const)('%s: ONNX Runtime gives it in float32, in microbatches', async (name) => {
  const model = modelOf(stacks[name], blockCausal(4), 'next');
  const feeds = feedsOf(model, blockDiffusion({ maskId, seed: 5, prediction: 'next', blockSize: 4, keep: 1 }).batch(given, 2));
  const graph = buildGradients({ model, rows, length, microbatches: 3, reading: besideClean });
  const outputs = { loss: graph.loss, ...Object.fromEntries(graph.gradients.map((gradient, i) => [`gradient ${i}`, gradient])) };
  await using session = await openSession(writeOnnx({ outputs, storage: () => 'input' }));
  const results = await session.run(hostTensors(feeds));
  const naive = lossNaive(model);
  const expected = evaluate([naive, ...gradients(naive, model.parameters.map(({ value }) => value))], feeds);
  expect(Number(results['loss']!.data[0]) / expected[0]!.data[0]!).toBeCloseTo(1, 5);
  model.parameters.forEach((parameter, i) => {
    const came = results[`gradient ${i}`] as { readonly shape: readonly number[]; readonly data: Float32Array };
    expect(relativeDifference(asReference(came), expected[i + 1] as Reference), parameter.name).toBeLessThan(1e-5);
  });
});

const lossOf = (model: ModelDefinition, feeds: Feeds, reading = besideClean): number =>
  evaluate([buildLoss({ model, rows, length, microbatches: 1, reading })], feeds)[0]!.data[0]!;

test('controls: without the three parts of its mask, or with blocks of another size, the loss is another', () => {
  const model = modelOf(stacks.attention, blockCausal(3), 'same');
  const feeds = feedsOf(model, blockDiffusion({ maskId, seed: 5, prediction: 'same', blockSize: 3, keep: 1 }).batch(given, 1));
  const own = lossOf(model, feeds);
  const unmasked: Reading = { copies: 2, hidden: (of, tokens) => slice(hiddenOf(of, tokens), 1, 0, length) };
  expect(Math.abs(lossOf(model, feeds, unmasked) / own - 1)).toBeGreaterThan(1e-3);
  expect(Math.abs(lossOf(modelOf(stacks.attention, blockCausal(6), 'same'), feeds) / own - 1)).toBeGreaterThan(1e-3);
});

test('blocks of one token in a shifted model: next-token training', () => {
  const model = modelOf(stacks.attention, causal, 'next');
  const objective = blockDiffusion({ maskId, seed: 5, prediction: 'next', blockSize: 1, keep: 1 });
  const own = lossOf(model, feedsOf(model, objective.batch(given, 1)));
  const batch = nextToken.batch(given, 1);
  const usual = evaluate([buildLoss({ model, rows, length, microbatches: 1 })], { ...weightsOf(model), ...batchFeeds(batch, [rows, length]) })[0]!.data[0]!;
  expect(own / usual).toBeCloseTo(1, 6); // weights are float32
});

test('rows that are not whole blocks, and a layer that does not look, are refused', () => {
  const objective = blockDiffusion({ maskId, seed: 5, prediction: 'same', blockSize: 5, keep: 1 });
  const model = modelOf(stacks.attention, blockCausal(5), 'same');
  expect(() => lossOf(model, feedsOf(model, objective.batch(given, 1)))).toThrow('block diffusion: expected rows of whole blocks under block-causal(5) visibility; got 12 tokens. Try 10.');
  const forgetful: Mixer = (scope) => {
    const last = scope.state('last', [width], 'fixed');
    return (x, context) => (context.keep(last, reshape(slice(x, 1, 0, 1), [context.batch, width])), x);
  };
  const other = modelOf([forgetful], blockCausal(4), 'same');
  expect(() => lossOf(other, feedsOf(other, objective.batch(given, 1)))).toThrow('block diffusion: model.layers.0.mixer.last: expected a layer that reads noisy and clean copies of a text in one pass');
});
