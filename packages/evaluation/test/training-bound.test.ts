import { blockCausal } from '@palimpsest/backbone';
import { nelbo } from '@palimpsest/evaluation';
import { writeOnnx } from '@palimpsest/graph';
import { defineTransformer } from '@palimpsest/layers';
import { openBackbone, openSession } from '@palimpsest/runtime';
import type { HostTensor } from '@palimpsest/runtime';
import { randomStream } from '@palimpsest/sampling';
import { besideClean, blockDiffusion, buildLoss } from '@palimpsest/training';
import { expect, test } from 'vitest';

const [rows, length, blockSize, vocabularySize, mask] = [3, 12, 4, 17, 16];
const tokens = Int32Array.from({ length: rows * length }, (_, i) => (i * i * 5 + 3) % 16);
const texts = Array.from({ length: rows }, (_, row) => ({ tokens: tokens.slice(row * length, (row + 1) * length) }));
const integers = (shape: readonly number[], data: Int32Array): HostTensor => ({ type: 'int64', shape, data: BigInt64Array.from(data, BigInt) });

test.each(['same', 'next'] as const)('what block diffusion trains on is, on average, the bound of the running model; row predicts the %s token', async (prediction) => {
  const definition = defineTransformer({
    vocabularySize, width: 12, layers: 2, heads: 3, keyHeads: 1, headSize: 4, hidden: 10, maximumLength: 16, visibility: blockCausal(blockSize), prediction,
    rotary: { theta: 100 }, normEpsilon: 1e-5, tiedHead: true, queryKeyNorm: true,
  });
  const { normal } = randomStream(3);
  const weights = new Map(definition.parameters.map(({ name, shape, role }) =>
    [name, { shape, data: Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () => (role === 'vector' ? 1 + 0.3 * normal() : 0.4 * normal())) }]));
  await using backbone = await openBackbone({ definition, vocabulary: { size: vocabularySize, mask }, weights, threads: 1, thread: 'own' });
  const bound = await nelbo({ backbone, texts, seed: 1, draws: 160, group: 16 });

  await using session = await openSession(writeOnnx({ outputs: { loss: buildLoss({ model: definition, rows, length, microbatches: 1, reading: besideClean }) }, storage: () => 'input' }));
  const parameters = Object.fromEntries([...weights].map(([name, { shape, data }]) => [name, { type: 'float32', shape, data } satisfies HostTensor]));
  // the bound is over rates up to 1; the last thousandth that the objective leaves out at the other end weighs less than the error
  const objective = blockDiffusion({ maskId: mask, seed: 9, prediction, blockSize, keep: 1 });
  const losses: number[] = [];
  for (let step = 1; step <= 400; step++) {
    const batch = objective.batch({ rows, length, tokens, lengths: new Int32Array(rows).fill(length) }, step);
    const feeds = {
      tokens: integers([rows, 2 * length], batch.tokens), targets: integers([rows, length], batch.targets), weights: { type: 'float32', shape: [rows, length], data: batch.weights },
    } as const;
    losses.push(Number((await session.run({ ...parameters, ...feeds }))['loss']!.data[0]));
  }
  const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  const error = Math.sqrt(losses.reduce((sum, loss) => sum + (loss - mean) ** 2, 0)) / losses.length;
  expect(bound.tokens).toBe(rows * (length - 1));
  expect(error + bound.standardError).toBeLessThan(0.05 * mean); // or the next line would say little
  expect(Math.abs(mean - bound.natsPerToken)).toBeLessThan(4 * Math.hypot(error, bound.standardError));
});
