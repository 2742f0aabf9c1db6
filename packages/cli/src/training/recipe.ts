import { PalimpsestError } from '@palimpsest/backbone';
import { faultOf, lackOf } from '@palimpsest/checkpoints';
import type { Lack } from '@palimpsest/checkpoints';
import { isUsualSampling, usualSamplingKeys } from '@palimpsest/models';
import type { UsualSampling } from '@palimpsest/models';
import { z } from 'zod';
import { parseStrictly } from './parse-strictly.js';
import { layerList, modelSchema } from './stacks/index.js';
import type { RecipeModel } from './stacks/index.js';
import { blockSizeOf } from './stacks/stack.js';

/** Everything that a training run is made of. Lengths count tokens. */
export interface Recipe {
  readonly title: string;
  readonly description: string;
  readonly notes?: readonly string[] | undefined;
  readonly data: RecipeData;
  /** Learned from the first training documents, or that of a model, by name or folder. */
  readonly tokenizer: { readonly vocabularySize: number; readonly documents: number } | string;
  readonly model: RecipeModel;
  readonly objective: 'next-token' | 'masked-diffusion' | 'block-diffusion';
  /**
   * Of block diffusion: shares of a block that are masked, 0.001 to 1 when absent; whether every other row has the opposite mask of the one before; in
   * which part of the blocks it is their ends that are masked.
   */
  readonly noise?: { readonly least: number; readonly most: number; readonly complementary?: boolean | undefined; readonly endsMasked?: number | undefined } | undefined;
  /** Of block diffusion: smaller blocks to begin with, each up to a step. */
  readonly blockSizeWarmup?: readonly { readonly until: number; readonly blockSize: number }[] | undefined;
  /** Of masked diffusion: in that share of the rows only one block is open, between a clean beginning and a masked rest. */
  readonly activeBlock?: { readonly blockSize: number; readonly share: number } | undefined;
  readonly rows: number;
  readonly length: number;
  /** Pieces of the rows that are computed one after the other. */
  readonly microbatches: number;
  readonly steps: number;
  readonly warmupSteps: number;
  readonly decaySteps: number;
  readonly optimiser: { readonly matrix: UpdateRule; readonly embedding: UpdateRule; readonly vector: UpdateRule };
  readonly clipNorm: number;
  /** Of the moving average of weights, which is what is evaluated and kept. */
  readonly averageDecay: number;
  readonly seed: number;
  /** A model whose weights are the start, by name or folder. */
  readonly start?: string | undefined;
  /** How the model writes best: what samples on the way are written with, and what its card says. */
  readonly sampling?: UsualSampling | undefined;
  readonly evaluation?: { readonly every: number; readonly batches: number } | undefined;
  readonly sample?: { readonly every: number } | undefined;
  readonly saveEvery: number;
}

/** Storybook, its long stories of some number of chapters, or a text file: a stretch of it to a row, or with a separator a document to a row. */
export type RecipeData = 'storybook' | 'long-storybook' | { readonly longStorybook: { readonly chapters: number } } | { readonly text: string; readonly separator?: string | undefined };

/** One of the two, with the settings that `@palimpsest/training` gives it. */
export interface UpdateRule {
  readonly adamW?: { readonly learningRate: number; readonly beta1?: number; readonly beta2?: number; readonly epsilon?: number; readonly weightDecay?: number } | undefined;
  readonly muon?: { readonly learningRate: number; readonly momentum?: number; readonly weightDecay?: number; readonly iterations?: number } | undefined;
}

const count = z.int().positive();
const countOrNone = z.int().nonnegative();
const rate = z.number().positive();
const decay = z.number().nonnegative();
const share = z.number().min(0).lt(1);
const text = z.string().min(1);

const adamW = z.strictObject({ learningRate: rate, beta1: share.exactOptional(), beta2: share.exactOptional(), epsilon: rate.exactOptional(), weightDecay: decay.exactOptional() });
const muon = z.strictObject({ learningRate: rate, momentum: share.exactOptional(), weightDecay: decay.exactOptional(), iterations: count.exactOptional() });
const updateRule = z.strictObject({ adamW: adamW.optional(), muon: muon.optional() })
  .refine((rule) => (rule.adamW === undefined) !== (rule.muon === undefined), { error: 'either adamW or muon, with their settings' });

const schemaFor = (model: unknown): z.ZodObject => z.strictObject({
  title: text,
  description: text,
  notes: z.array(text).optional(),
  data: z.union([
    z.literal(['storybook', 'long-storybook']), z.strictObject({ longStorybook: z.strictObject({ chapters: count }) }), z.strictObject({ text, separator: text.optional() }),
  ], { error: '"storybook", "long-storybook", { "longStorybook": { "chapters": how many } } or { "text": a file }, with "separator": a text where documents are apart' }),
  tokenizer: z.union([z.strictObject({ vocabularySize: count, documents: count }), text], { error: '{ "vocabularySize": tokens, "documents": how many to learn from }, or the name or folder of a model' }),
  model: modelSchema(model),
  objective: z.enum(['next-token', 'masked-diffusion', 'block-diffusion'], { error: '"next-token", "masked-diffusion" or "block-diffusion"' }),
  noise: z.strictObject({ least: rate.max(1), most: rate.max(1), complementary: z.boolean().optional(), endsMasked: z.number().min(0).max(1).optional() }).optional(),
  blockSizeWarmup: z.array(z.strictObject({ until: count, blockSize: count })).min(1).optional(),
  activeBlock: z.strictObject({ blockSize: count, share: rate.max(1) }).optional(),
  rows: count,
  length: count,
  microbatches: count,
  steps: count,
  warmupSteps: countOrNone,
  decaySteps: countOrNone,
  optimiser: z.strictObject({ matrix: updateRule, embedding: updateRule, vector: updateRule }),
  clipNorm: rate,
  averageDecay: share,
  seed: countOrNone,
  start: text.optional(),
  sampling: z.custom<UsualSampling>(isUsualSampling, { error: `an object of ${usualSamplingKeys.join(', ')}, as in { "temperature": 1, "policy": "confidence-threshold=0.9" }` }).optional(),
  evaluation: z.strictObject({ every: count, batches: count }).optional(),
  sample: z.strictObject({ every: count }).optional(),
  saveEvery: count,
});

/** @throws PalimpsestError naming the key that is missing, unknown or of another kind, or that does not go with another. */
export function parseRecipe(where: string, value: unknown): Recipe {
  const model = typeof value === 'object' && value !== null && 'model' in value ? value.model : undefined;
  const recipe = parseStrictly(where, schemaFor(model), value) as unknown as Recipe; // what the schema lets through; of the model, its stack's
  for (const { key, expected, got, holds } of agreements(recipe)) {
    if (!holds) throw new PalimpsestError({ where: `${where}: ${key}`, expected, got });
  }
  return recipe;
}

interface Agreement {
  readonly key: string;
  readonly holds: boolean;
  readonly expected: string;
  readonly got: string;
}

/** What an objective asks of the visibility, in words. */
const visibilityFor: { readonly [objective in Recipe['objective']]: string } = {
  'next-token': '"causal", as next-token training needs', 'masked-diffusion': '"bidirectional", as masked diffusion needs', 'block-diffusion': '{ "blockCausal": tokens to a block }, as block diffusion needs',
};
const objectiveFor = (visibility: RecipeModel['visibility']): Recipe['objective'] =>
  (visibility === 'causal' ? 'next-token' : visibility === 'bidirectional' ? 'masked-diffusion' : 'block-diffusion');

/** What one key says of another. */
function agreements({ rows, length, microbatches, steps, warmupSteps, decaySteps, objective, noise, blockSizeWarmup, activeBlock, sampling, model }: Recipe): readonly Agreement[] {
  const { maximumLength, visibility, prediction } = model;
  const blockSize = blockSizeOf(model);
  const list = layerList(model);
  return [
    { key: 'microbatches', holds: rows % microbatches === 0, expected: `a divisor of the ${rows} rows`, got: `${microbatches}` },
    { key: 'length', holds: length <= maximumLength && length >= 2, expected: `2 to the model's maximumLength, ${maximumLength}`, got: `${length}` },
    { key: 'length', holds: blockSize === Infinity || length % blockSize === 0, expected: `whole blocks of ${blockSize}`, got: `${length}` },
    { key: 'decaySteps', holds: warmupSteps + decaySteps <= steps, expected: `at most the ${steps} steps together with warmupSteps`, got: `${warmupSteps} + ${decaySteps}` },
    { key: 'model.visibility', holds: objective === objectiveFor(visibility), expected: visibilityFor[objective], got: JSON.stringify(visibility) },
    { key: 'model.prediction', holds: objective !== 'next-token' || prediction === 'next', expected: '"next", as next-token training needs', got: `"${prediction}"` },
    { key: 'noise', holds: noise === undefined || objective === 'block-diffusion', expected: `nothing, with ${objective}`, got: JSON.stringify(noise) },
    { key: 'blockSizeWarmup', holds: blockSizeWarmup === undefined || objective === 'block-diffusion', expected: `nothing, with ${objective}`, got: JSON.stringify(blockSizeWarmup) },
    ...(blockSizeWarmup ?? []).flatMap((stage, i, all) => warmupAgreements(stage, { key: `blockSizeWarmup.${i}`, before: all[i - 1]?.until ?? 0, steps, length, blockSize })),
    { key: 'activeBlock', holds: activeBlock === undefined || objective === 'masked-diffusion', expected: `nothing, with ${objective}`, got: JSON.stringify(activeBlock) },
    { key: 'sampling.blockLength', holds: (sampling?.blockLength ?? 1) < length, expected: `less than the ${length} tokens of a row, of which the first is given`, got: `${sampling?.blockLength}` },
    { key: 'rows', holds: noise?.complementary !== true || rows % 2 === 0, expected: 'an even number, for complementary masks', got: `${rows}` },
    ...[faultOf(list) ?? lackOf(list, blockSize)].flatMap((lack) => (lack === undefined ? [] : [lackIn(model, lack)])),
  ];
}

function warmupAgreements(
  stage: { readonly until: number; readonly blockSize: number },
  { key, before, steps, length, blockSize }: { readonly key: string; readonly before: number; readonly steps: number; readonly length: number; readonly blockSize: number },
): readonly Agreement[] {
  return [
    { key: `${key}.until`, holds: stage.until > before && stage.until < steps, expected: `a step after ${before} and before the last, ${steps}`, got: `${stage.until}` },
    { key: `${key}.blockSize`, holds: stage.blockSize < blockSize && length % stage.blockSize === 0, expected: `less than ${blockSize}, in whole blocks to a row of ${length}`, got: `${stage.blockSize}` },
  ];
}

/** What stands at the key of a model that its layers find lacking. */
function lackIn(model: RecipeModel, { key, expected }: Lack): Agreement {
  const found = key.split('.').reduce<unknown>((part, name) => (typeof part === 'object' && part !== null ? new Map(Object.entries(part)).get(name) : undefined), model);
  return { key: `model.${key}`, holds: false, expected, got: found === undefined ? 'nothing' : JSON.stringify(found).slice(0, 120) };
}
