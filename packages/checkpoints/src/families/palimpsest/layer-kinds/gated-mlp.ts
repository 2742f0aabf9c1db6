import { gatedMlp as layer } from '@palimpsest/layers';
import { z } from 'zod';
import type { LayerKind } from './layer-kind.js';

export interface GatedMlpSettings {
  readonly hidden: number;
}

export const gatedMlp: LayerKind<GatedMlpSettings> = {
  schema: z.strictObject({ hidden: z.int().positive() }),
  create: (scope, { hidden }, { width, depth }) => layer(scope, { width, hidden, outputDeviation: 0.02 / Math.sqrt(depth) }),
  describe: ({ hidden }) => `gated MLP of ${hidden}`,
};
