import { layerKinds } from '@palimpsest/checkpoints';
import type { LayerSettings } from '@palimpsest/checkpoints';
import { z } from 'zod';
import type { RecipeStack, StackKind } from './stack.js';

/** Each layer has a gated MLP behind it. */
export interface RecipeTtt extends RecipeStack {
  readonly layers: number;
  readonly hidden: number;
  readonly ttt: LayerSettings['ttt'] & {
    /** Tokens of the convolution before each layer; none when absent. */
    readonly preConvolution?: number | undefined;
  };
}

const count = z.int().positive();

export const ttt: StackKind<RecipeTtt> = {
  claims: (model) => 'ttt' in model,
  keys: {
    layers: count, hidden: count,
    ttt: layerKinds.ttt.schema.safeExtend({ preConvolution: count.min(2).optional() }) as unknown as z.ZodType<RecipeTtt['ttt']>, // the kind's schema tells its type, not its keys
  },
  config: ({ layers, hidden, ttt: { inner, heads, headSize, miniBatch, baseRate, rotaryTheta, gate, sharedProjection, preConvolution, backward } }) => ({
    model_type: 'palimpsest_ttt', num_hidden_layers: layers, intermediate_size: hidden,
    ttt: {
      inner_model: inner, num_heads: heads, head_dim: headSize, mini_batch_size: miniBatch, base_rate: baseRate, rope_theta: rotaryTheta, gate,
      ...(sharedProjection !== undefined && { shared_projection_kernel: sharedProjection }), ...(preConvolution !== undefined && { pre_convolution_kernel: preConvolution }),
      ...(backward !== undefined && { backward }),
    },
  }),
  list: ({ layers, ttt: settings }) => ({ kinds: new Array<'ttt'>(layers).fill('ttt'), settings: { ttt: settings } }),
};
