import { bidirectional, blockCausal, causal } from '@palimpsest/backbone';
import type { Visibility } from '@palimpsest/backbone';
import type { ModelDefinition, ModelPlan } from '@palimpsest/layers';
import { z } from 'zod';
import type { AssembledModel } from '../../family.js';
import { parseConfig } from '../../parse.js';
import { vocabularyOf } from '../../vocabulary.js';

const size = z.int().positive();
const tokenId = z.int().nonnegative();

/** Keys of every config of the models trained here. */
const sharedKeys = {
  vocab_size: size,
  hidden_size: size,
  num_hidden_layers: size,
  max_position_embeddings: size,
  rms_norm_eps: z.number().positive(),
  tie_word_embeddings: z.boolean(),
  visibility_block_size: size.nullable(),
  prediction: z.enum(['same', 'next']),
  mask_token_id: tokenId.exactOptional(),
  bos_token_id: tokenId.exactOptional(),
  eos_token_id: tokenId.exactOptional(),
  pad_token_id: tokenId.exactOptional(),
};

/** What the configs of all models trained here say. */
export interface SharedConfig {
  readonly model_type: string;
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly num_hidden_layers: number;
  readonly max_position_embeddings: number;
  readonly rms_norm_eps: number;
  readonly tie_word_embeddings: boolean;
  /** Tokens to a block of visibility: 1 is causal, null one endless block. */
  readonly visibility_block_size: number | null;
  readonly prediction: 'same' | 'next';
  readonly mask_token_id?: number;
  readonly bos_token_id?: number;
  readonly eos_token_id?: number;
  readonly pad_token_id?: number;
}

/** What a stack says of itself. */
export interface StackDescription<Config> {
  readonly modelType: string;
  /** What its config says beside the shared keys. */
  readonly keys: { readonly [Key in Exclude<keyof Config, keyof SharedConfig>]: z.ZodType<Config[Key]> };
  /** @throws PalimpsestError or GraphError where numbers do not go together. */
  readonly define: (where: string, config: Config) => ModelDefinition;
  /** Its layers in words. */
  readonly describe: (config: Config) => string;
}

/** One way in which layers are stacked and written down. */
export interface Stack {
  readonly modelType: string;
  /** @throws PalimpsestError when keys are missing, unknown, or ask for what we do not build. */
  readonly assemble: (where: string, config: unknown) => AssembledModel;
  readonly describe: (where: string, config: unknown) => string;
}

const inertKeys = ['architectures', 'torch_dtype'] as const;

export function defineStack<Config extends SharedConfig>({ modelType, keys, define, describe }: StackDescription<Config>): Stack {
  const schema = z.strictObject({ model_type: z.literal(modelType), ...sharedKeys, ...keys });
  const read = (where: string, config: unknown): Config => parseConfig(where, schema, config, inertKeys) as unknown as Config; // the types of shared and own keys are told, not those of the two together
  return {
    modelType,
    assemble: (where, config) => {
      const parsed = read(where, config);
      const { mask_token_id: mask, bos_token_id: begin, eos_token_id: end, pad_token_id: pad } = parsed;
      return {
        vocabulary: vocabularyOf(where, parsed.vocab_size, { mask, begin, end, pad }), definition: define(where, parsed),
        tensorName: (parameter) => parameter, ignored: () => false,
      };
    },
    describe: (where, config) => describe(read(where, config)),
  };
}

export const visibilityOf = (blockSize: number | null): Visibility => (blockSize === null ? bidirectional : blockSize === 1 ? causal : blockCausal(blockSize));

export interface StackPlan extends Omit<ModelPlan, 'layers' | 'finalNorm'> {
  readonly layers: number;
  readonly normEpsilon: number;
  readonly finalNormInitial: number;
}

/** Embedding and last norm begin as in the transformers trained here, see defineTransformer. */
export function stackPlan(config: SharedConfig): StackPlan {
  const { vocab_size: vocabularySize, hidden_size: width, num_hidden_layers: layers, rms_norm_eps: normEpsilon, tie_word_embeddings: tiedHead, prediction } = config;
  return {
    vocabularySize, width, layers, normEpsilon, tiedHead, prediction, maximumLength: config.max_position_embeddings, visibility: visibilityOf(config.visibility_block_size),
    embeddingDeviation: 1, finalNormInitial: tiedHead ? 0.7 / Math.sqrt(width) : 1,
  };
}
