import { bidirectional } from '@palimpsest/backbone';
import { evaluate, reference, subtract } from '@palimpsest/graph';
import type { Feeds, Reference, Value } from '@palimpsest/graph';
import { randomReference, relativeDifference } from '@palimpsest/graph/testing';
import { averageName, buildGradients, buildLoss, buildStep, maskedDiffusion, nextToken, updatedName } from '@palimpsest/training';
import type { Batch, Optimiser, Rows } from '@palimpsest/training';
import { describe, expect, test } from 'vitest';
import { asReference, batchFeeds } from './oracle.js';
import { tinyModel } from './tiny.js';

const model = tinyModel();
const [rows, length] = [4, 5];
const given: Rows = { rows, length, tokens: Int32Array.from({ length: rows * length }, (_, i) => (i * 5 + 3) % 17), lengths: Int32Array.of(5, 2, 4, 1) };
const parameters: Feeds = Object.fromEntries(model.parameters.map(({ name, shape }, i) => [name, randomReference(shape, 10 + i)]));
const feedsFor = (batch: Batch): Feeds => ({ ...parameters, ...batchFeeds(batch, [rows, length]) });

describe('microbatches', () => {
  const objectives = { 'next token': nextToken, 'masked diffusion': maskedDiffusion({ maskId: 16, seed: 3, prediction: 'next', keep: 1 }) };
  test.each(Object.entries(objectives))('1, 2 and 4 give one loss and one gradient: %s, rows of different lengths', (_, objective) => {
    const results = [1, 2, 4].map((microbatches) => {
      const { loss, gradients } = buildGradients({ model, rows, length, microbatches });
      return evaluate([loss, buildLoss({ model, rows, length, microbatches }), ...gradients], feedsFor(objective.batch(given, 1)));
    });
    const [whole, ...cut] = results;
    for (const pieces of cut) pieces.forEach((piece, i) => { expect(relativeDifference(piece, whole![i]!)).toBeLessThan(1e-9); });
    expect(whole![1]).toEqual(whole![0]);
  });
});

test('padding has no part in the next-token loss; under masked diffusion it is content', () => {
  const padded: Rows = { ...given, tokens: given.tokens.map((id, cell) => (cell % length >= given.lengths[Math.floor(cell / length)]! ? (id + 4) % 17 : id)) };
  const lossOf = (objective: { readonly batch: (from: Rows, step: number) => Batch }, from: Rows, definition = model): number =>
    evaluate([buildLoss({ model: definition, rows, length, microbatches: 1 })], feedsFor(objective.batch(from, 1)))[0]!.data[0]!;
  expect(lossOf(nextToken, padded)).toBe(lossOf(nextToken, given));
  const diffusion = maskedDiffusion({ maskId: 16, seed: 3, prediction: 'same', keep: 1 });
  const everywhere = tinyModel({ visibility: bidirectional, prediction: 'same' });
  expect(lossOf(diffusion, padded, everywhere)).not.toBeCloseTo(lossOf(diffusion, given, everywhere), 3);
});

describe('the step', () => {
  /** Moves a parameter by its clipped gradient, so that the gradient can be read off. */
  const plain: Optimiser = { slots: [], scalars: () => ({}), update: ({ parameter, gradient }) => ({ parameter: subtract(parameter, gradient(1)), slots: {} }) };
  const batch = feedsFor(nextToken.batch(given, 1));
  const averages: Feeds = Object.fromEntries(model.parameters.map(({ name, shape }, i) => [averageName(name), randomReference(shape, 50 + i)]));

  function step(clipNorm: number): { readonly norm: number; readonly moved: readonly Reference[]; readonly averaged: readonly Reference[] } {
    const outputs = buildStep({ model, rows, length, microbatches: 2, optimiser: { matrix: plain, embedding: plain, vector: plain }, clipNorm, averaged: true });
    const wanted = (names: readonly string[]): readonly Value[] => names.map((name) => outputs[updatedName(name)]!);
    const names = model.parameters.map(({ name }) => name);
    const scalars = { factor: reference([], [1]), averageDecay: reference([], [0.75]) };
    const [norm, ...tensors] = evaluate([outputs['gradientNorm']!, ...wanted(names), ...wanted(names.map(averageName))], { ...batch, ...averages, ...scalars });
    return { norm: norm!.data[0]!, moved: tensors.slice(0, names.length), averaged: tensors.slice(names.length) };
  }
  const gradients = evaluate(buildGradients({ model, rows, length, microbatches: 1 }).gradients, batch);
  const norm = Math.sqrt(gradients.reduce((sum, { data }) => sum + data.reduce((part, value) => part + value * value, 0), 0));
  const difference = (moved: readonly Reference[], scale: number): number => Math.max(...model.parameters.map(({ name }, i) =>
    relativeDifference(asReference({ shape: moved[i]!.shape, data: moved[i]!.data.map((value, k) => parameters[name]!.data[k]! - value) }), asReference({ shape: gradients[i]!.shape, data: gradients[i]!.data.map((value) => value * scale) }))));

  test('leaves a short gradient as it is and says how long it was', () => {
    const { norm: found, moved } = step(2 * norm);
    expect(found).toBeCloseTo(norm, 9);
    expect(difference(moved, 1)).toBeLessThan(1e-9);
  });

  test('scales a long one to the norm of the plan, all parameters by one factor', () => {
    const { norm: found, moved } = step(norm / 5);
    expect(found).toBeCloseTo(norm, 9);
    expect(difference(moved, 0.2)).toBeLessThan(1e-5);
  });

  test('moves the average by what the decay leaves of the renewed weights', () => {
    const { moved, averaged } = step(1);
    model.parameters.forEach(({ name }, i) => {
      const expected = moved[i]!.data.map((value, k) => 0.75 * averages[averageName(name)]!.data[k]! + 0.25 * value);
      expect(relativeDifference(averaged[i]!, asReference({ shape: moved[i]!.shape, data: expected }))).toBeLessThan(1e-12);
    });
  });
});
