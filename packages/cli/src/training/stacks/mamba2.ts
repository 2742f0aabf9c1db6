import { layerKinds } from '@palimpsest/checkpoints';
import type { LayerSettings } from '@palimpsest/checkpoints';
import { z } from 'zod';
import type { RecipeStack, StackKind } from './stack.js';

export interface RecipeMamba2 extends RecipeStack {
  readonly layers: number;
  readonly mamba2: LayerSettings['mamba2'];
}

export const mamba2: StackKind<RecipeMamba2> = {
  claims: (model) => 'mamba2' in model,
  keys: { layers: z.int().positive(), mamba2: layerKinds.mamba2.schema },
  config: ({ layers, mamba2: { heads, headSize, stateSize, groups, normGroups, kernel, backward } }) => ({
    model_type: 'palimpsest_mamba2', num_hidden_layers: layers,
    mamba2: { num_heads: heads, head_dim: headSize, state_size: stateSize, n_groups: groups, norm_groups: normGroups, conv_kernel: kernel, ...(backward !== undefined && { backward }) },
  }),
  list: ({ layers, mamba2: settings }) => ({ kinds: new Array<'mamba2'>(layers).fill('mamba2'), settings: { mamba2: settings } }),
};
