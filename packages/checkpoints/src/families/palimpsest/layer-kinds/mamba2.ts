import { mamba2 as layer } from '@palimpsest/ssm';
import { z } from 'zod';
import { backward, lacksBackward } from './backward.js';
import type { LayerKind } from './layer-kind.js';

export interface Mamba2Settings {
  readonly heads: number;
  readonly headSize: number;
  readonly stateSize: number;
  readonly groups: number;
  readonly normGroups: number;
  readonly kernel: number;
  /** Weights of a scan backwards, which visibility that is not causal needs. */
  readonly backward?: 'shared' | 'separate' | undefined;
}

const size = z.int().positive();

export const mamba2: LayerKind<Mamba2Settings> = {
  schema: z.strictObject({
    heads: size, headSize: size, stateSize: size, groups: size, normGroups: size, kernel: size.min(2),
    backward,
  }),
  create: (scope, { backward: weights, ...sizes }, stack) => layer(scope, { ...sizes, ...stack, ...(weights !== undefined && { backward: weights }) }),
  describe: ({ heads, headSize, stateSize, groups, backward: weights }) =>
    `Mamba-2 with ${heads} heads of ${headSize}, state of ${stateSize}, ${groups} ${groups === 1 ? 'group' : 'groups'}${weights === undefined ? '' : `, a scan backwards with ${weights} weights`}`,
  lacks: lacksBackward('mamba2'),
};
