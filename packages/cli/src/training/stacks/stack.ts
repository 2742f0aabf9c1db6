import type { LayerList, PalimpsestConfig } from '@palimpsest/checkpoints';
import { z } from 'zod';

/** What the models of all recipes say. */
export interface RecipeStack {
  readonly width: number;
  readonly maximumLength: number;
  readonly normEpsilon: number;
  readonly tiedHead: boolean;
  readonly visibility: 'causal' | 'bidirectional' | { readonly blockCausal: number };
  readonly prediction: 'same' | 'next';
}

/** Tokens to a block: 1 where tokens see none behind them, Infinity where they see all. */
export const blockSizeOf = ({ visibility }: Pick<RecipeStack, 'visibility'>): number =>
  (visibility === 'causal' ? 1 : visibility === 'bidirectional' ? Infinity : visibility.blockCausal);

type SharedKey = 'vocab_size' | 'hidden_size' | 'max_position_embeddings' | 'rms_norm_eps' | 'tie_word_embeddings' | 'visibility_block_size' | 'prediction'
  | 'mask_token_id' | 'bos_token_id' | 'eos_token_id' | 'pad_token_id';
type Own<Config> = Config extends unknown ? Omit<Config, SharedKey> : never;
/** The keys of a config that say which layers there are. */
export type LayersConfig = Own<PalimpsestConfig>;

/** One way in which a recipe says what its layers are. */
export interface StackKind<Model extends RecipeStack> {
  /** By the keys that only its models have. */
  readonly claims: (model: Readonly<Record<string, unknown>>) => boolean;
  /** What its models say beside the shared keys. */
  readonly keys: { readonly [Key in Exclude<keyof Model, keyof RecipeStack>]-?: z.ZodType<Model[Key]> };
  readonly config: (model: Model) => LayersConfig;
  readonly list: (model: Model) => LayerList;
}

const count = z.int().positive();

/** Keys of every model. */
export const sharedKeys: { readonly [Key in keyof RecipeStack]: z.ZodType<RecipeStack[Key]> } = {
  width: count, maximumLength: count, normEpsilon: z.number().positive(), tiedHead: z.boolean(),
  visibility: z.union([z.literal(['causal', 'bidirectional']), z.strictObject({ blockCausal: count })], { error: '"causal", "bidirectional" or { "blockCausal": tokens to a block }' }),
  prediction: z.enum(['same', 'next'], { error: '"same" or "next"' }),
};
