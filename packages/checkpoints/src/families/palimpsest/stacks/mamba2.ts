import { defineMambaModel } from '@palimpsest/ssm';
import { z } from 'zod';
import { mamba2 as kind } from '../layer-kinds/mamba2.js';
import type { Mamba2Settings } from '../layer-kinds/mamba2.js';
import { defineStack, stackPlan } from './stack.js';
import type { SharedConfig, Stack } from './stack.js';

export interface PalimpsestMamba2Config extends SharedConfig {
  readonly model_type: 'palimpsest_mamba2';
  readonly mamba2: {
    readonly num_heads: number;
    readonly head_dim: number;
    readonly state_size: number;
    readonly n_groups: number;
    readonly norm_groups: number;
    readonly conv_kernel: number;
    /** Weights of a scan backwards, for visibility that is not causal. */
    readonly backward?: 'shared' | 'separate';
  };
}

const size = z.int().positive();

const settingsOf = ({ num_heads: heads, head_dim: headSize, state_size: stateSize, n_groups: groups, norm_groups: normGroups, conv_kernel: kernel, backward }: PalimpsestMamba2Config['mamba2']): Mamba2Settings =>
  ({ heads, headSize, stateSize, groups, normGroups, kernel, backward });

export const mamba2: Stack = defineStack<PalimpsestMamba2Config>({
  modelType: 'palimpsest_mamba2',
  keys: {
    mamba2: z.strictObject({
      num_heads: size, head_dim: size, state_size: size, n_groups: size, norm_groups: size, conv_kernel: size.min(2), backward: z.enum(['shared', 'separate']).exactOptional(),
    }),
  },
  define: (_, config) => {
    const plan = stackPlan(config);
    const { width, normEpsilon, layers: depth } = plan;
    return defineMambaModel({ ...plan, mixer: (scope) => kind.create(scope, settingsOf(config.mamba2), { width, normEpsilon, depth }) });
  },
  describe: (config) => kind.describe(settingsOf(config.mamba2)),
});
