import { z } from 'zod';
import type { RecipeStack, StackKind } from './stack.js';

export interface RecipeTransformer extends RecipeStack {
  readonly layers: number;
  readonly heads: number;
  readonly keyHeads: number;
  readonly headSize: number;
  readonly hidden: number;
  readonly rotaryTheta: number;
  readonly queryKeyNorm: boolean;
}

const count = z.int().positive();

export const transformer: StackKind<RecipeTransformer> = {
  claims: () => true,
  keys: { layers: count, heads: count, keyHeads: count, headSize: count, hidden: count, rotaryTheta: z.number().positive(), queryKeyNorm: z.boolean() },
  config: (model) => ({
    model_type: 'palimpsest_transformer', num_hidden_layers: model.layers, intermediate_size: model.hidden, num_attention_heads: model.heads, num_key_value_heads: model.keyHeads,
    head_dim: model.headSize, rope_theta: model.rotaryTheta, query_key_norm: model.queryKeyNorm,
  }),
  list: ({ layers, heads, keyHeads, headSize, rotaryTheta, queryKeyNorm }) =>
    ({ kinds: new Array<'attention'>(layers).fill('attention'), settings: { attention: { heads, keyHeads, headSize, rotaryTheta, queryKeyNorm } } }),
};
