import { PalimpsestError } from '@palimpsest/backbone';
import { attention as layer } from '@palimpsest/layers';
import { z } from 'zod';
import type { LayerKind } from './layer-kind.js';

export interface AttentionSettings {
  readonly heads: number;
  readonly keyHeads: number;
  readonly headSize: number;
  readonly rotaryTheta: number;
  readonly queryKeyNorm: boolean;
}

const size = z.int().positive();

export const attention: LayerKind<AttentionSettings> = {
  schema: z.strictObject({ heads: size, keyHeads: size, headSize: size.multipleOf(2), rotaryTheta: z.number().positive(), queryKeyNorm: z.boolean() }),
  create: (scope, { heads, keyHeads, headSize, rotaryTheta: theta, queryKeyNorm }, { width, normEpsilon: epsilon, depth }) => {
    if (heads % keyHeads !== 0) throw new PalimpsestError({ where: scope.path, expected: `a number of key/value heads that divides ${heads}`, got: `${keyHeads}` });
    return layer(scope, { width, heads, keyHeads, headSize, rotary: { theta }, outputDeviation: 0.02 / Math.sqrt(depth), ...(queryKeyNorm && { queryKeyNorm: { epsilon } }) });
  },
  describe: ({ heads, keyHeads, headSize }) => `${heads} heads (${keyHeads} for keys and values) of ${headSize}`,
};
