import { tttLinear, tttMlp } from '@palimpsest/ttt';
import { z } from 'zod';
import { backward, lacksBackward } from './backward.js';
import type { LayerKind } from './layer-kind.js';

export interface TttSettings {
  readonly inner: 'linear' | 'mlp';
  readonly heads: number;
  readonly headSize: number;
  readonly miniBatch: number;
  readonly baseRate: number;
  readonly rotaryTheta: number;
  readonly gate: boolean;
  /** Tokens of the convolutions that make queries and keys of one projection; two projections when absent. */
  readonly sharedProjection?: number | undefined;
  /** Weights of a learner that goes backwards, which visibility that is not causal needs. */
  readonly backward?: 'shared' | 'separate' | undefined;
}

const size = z.int().positive();
const positive = z.number().positive();
const layers = { linear: tttLinear, mlp: tttMlp };
const names = { linear: 'TTT-Linear', mlp: 'TTT-MLP' };

export const ttt: LayerKind<TttSettings> = {
  schema: z.strictObject({
    inner: z.enum(['linear', 'mlp'], { error: '"linear" or "mlp"' }), heads: size, headSize: size.multipleOf(2), miniBatch: size, baseRate: positive, rotaryTheta: positive,
    gate: z.boolean(), sharedProjection: size.min(2).optional(), backward,
  }),
  create: (scope, { inner, rotaryTheta: theta, sharedProjection, backward: weights, ...sizes }, stack) =>
    layers[inner](scope, { ...sizes, ...stack, rotary: { theta }, ...(sharedProjection !== undefined && { sharedProjection: { kernel: sharedProjection } }), ...(weights !== undefined && { backward: weights }) }),
  describe: ({ inner, heads, headSize, miniBatch, backward: weights }) =>
    `${names[inner]} with ${heads} heads of ${headSize}, mini-batches of ${miniBatch} tokens${weights === undefined ? '' : `, learning backwards with ${weights} weights`}`,
  lacks: lacksBackward('ttt'),
};
