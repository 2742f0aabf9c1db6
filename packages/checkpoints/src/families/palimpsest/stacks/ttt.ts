import { defineTttModel } from '@palimpsest/ttt';
import { z } from 'zod';
import { gatedMlp } from '../layer-kinds/gated-mlp.js';
import { ttt as kind } from '../layer-kinds/ttt.js';
import type { TttSettings } from '../layer-kinds/ttt.js';
import { defineStack, stackPlan } from './stack.js';
import type { SharedConfig, Stack } from './stack.js';

export interface PalimpsestTttConfig extends SharedConfig {
  readonly model_type: 'palimpsest_ttt';
  readonly intermediate_size: number;
  readonly ttt: {
    readonly inner_model: 'linear' | 'mlp';
    readonly num_heads: number;
    readonly head_dim: number;
    readonly mini_batch_size: number;
    readonly base_rate: number;
    readonly rope_theta: number;
    readonly gate: boolean;
    /** Queries and keys come from one projection by convolutions over so many tokens. */
    readonly shared_projection_kernel?: number;
    /** Blocks begin with a convolution over so many tokens. */
    readonly pre_convolution_kernel?: number;
    /** Weights of a learner that goes backwards, for visibility that is not causal. */
    readonly backward?: 'shared' | 'separate';
  };
}

const size = z.int().positive();

const settingsOf = ({ inner_model: inner, num_heads: heads, head_dim: headSize, mini_batch_size: miniBatch, base_rate: baseRate, rope_theta: rotaryTheta, gate, shared_projection_kernel: sharedProjection, backward }: PalimpsestTttConfig['ttt']): TttSettings =>
  ({ inner, heads, headSize, miniBatch, baseRate, rotaryTheta, gate, sharedProjection, backward });

export const ttt: Stack = defineStack<PalimpsestTttConfig>({
  modelType: 'palimpsest_ttt',
  keys: {
    intermediate_size: size,
    ttt: z.strictObject({
      inner_model: z.enum(['linear', 'mlp']), num_heads: size, head_dim: size.multipleOf(2), mini_batch_size: size, base_rate: z.number().positive(), rope_theta: z.number().positive(),
      gate: z.boolean(), shared_projection_kernel: size.min(2).exactOptional(), pre_convolution_kernel: size.min(2).exactOptional(),
      backward: z.enum(['shared', 'separate']).exactOptional(),
    }),
  },
  define: (_, config) => {
    const plan = stackPlan(config);
    const { width, normEpsilon, layers: depth } = plan;
    const { pre_convolution_kernel: before } = config.ttt;
    return defineTttModel({
      ...plan, hidden: config.intermediate_size, ...(before !== undefined && { preConvolution: { kernel: before } }),
      mixer: (scope) => kind.create(scope, settingsOf(config.ttt), { width, normEpsilon, depth }),
    });
  },
  describe: (config) => `${kind.describe(settingsOf(config.ttt))}, ${gatedMlp.describe({ hidden: config.intermediate_size })}`,
});
