import { PalimpsestError } from '@palimpsest/backbone';
import { z } from 'zod';
import { parseStrictly } from './parse-strictly.js';

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
  /** Of block diffusion: shares of a block that are masked, 0.001 to 1 when absent; and whether every other row has the opposite mask of the one before. */
  readonly noise?: { readonly least: number; readonly most: number; readonly complementary?: boolean | undefined } | undefined;
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
  readonly evaluation?: { readonly every: number; readonly batches: number } | undefined;
  readonly sample?: { readonly every: number } | undefined;
  readonly saveEvery: number;
}

/** Storybook, its long stories of some number of chapters, or a text file: a stretch of it to a row, or with a separator a document to a row. */
export type RecipeData = 'storybook' | 'long-storybook' | { readonly longStorybook: { readonly chapters: number } } | { readonly text: string; readonly separator?: string | undefined };

export type RecipeModel = RecipeTransformer | RecipeMamba2 | RecipeTtt;

interface RecipeStack {
  readonly width: number;
  readonly layers: number;
  readonly maximumLength: number;
  readonly normEpsilon: number;
  readonly tiedHead: boolean;
  readonly visibility: 'causal' | 'bidirectional' | { readonly blockCausal: number };
  readonly prediction: 'same' | 'next';
}

export interface RecipeTransformer extends RecipeStack {
  readonly heads: number;
  readonly keyHeads: number;
  readonly headSize: number;
  readonly hidden: number;
  readonly rotaryTheta: number;
  readonly queryKeyNorm: boolean;
}

export interface RecipeMamba2 extends RecipeStack {
  readonly mamba2: {
    readonly heads: number;
    readonly headSize: number;
    readonly stateSize: number;
    readonly groups: number;
    readonly normGroups: number;
    readonly kernel: number;
    /** Weights of a scan backwards, which visibility that is not causal needs. */
    readonly backward?: 'shared' | 'separate' | undefined;
  };
}

export interface RecipeTtt extends RecipeStack {
  readonly hidden: number;
  readonly ttt: {
    readonly inner: 'linear' | 'mlp';
    readonly heads: number;
    readonly headSize: number;
    readonly miniBatch: number;
    readonly baseRate: number;
    readonly rotaryTheta: number;
    readonly gate: boolean;
    /** Tokens of the convolutions that make queries and keys of one projection; two projections when absent. */
    readonly sharedProjection?: number | undefined;
    /** Tokens of the convolution before each layer; none when absent. */
    readonly preConvolution?: number | undefined;
    /** Weights of a learner that goes backwards, which visibility that is not causal needs. */
    readonly backward?: 'shared' | 'separate' | undefined;
  };
}

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

const stack = {
  width: count, layers: count, maximumLength: count, normEpsilon: rate, tiedHead: z.boolean(),
  visibility: z.union([z.literal(['causal', 'bidirectional']), z.strictObject({ blockCausal: count })], { error: '"causal", "bidirectional" or { "blockCausal": tokens to a block }' }),
  prediction: z.enum(['same', 'next'], { error: '"same" or "next"' }),
};
const transformer = z.strictObject({ ...stack, heads: count, keyHeads: count, headSize: count, hidden: count, rotaryTheta: rate, queryKeyNorm: z.boolean() });
const backward = z.enum(['shared', 'separate'], { error: '"shared" or "separate"' }).optional();
const mamba2 = z.strictObject({
  ...stack,
  mamba2: z.strictObject({
    heads: count, headSize: count, stateSize: count, groups: count, normGroups: count, kernel: count.min(2),
    backward,
  }),
});

const ttt = z.strictObject({
  ...stack, hidden: count,
  ttt: z.strictObject({
    inner: z.enum(['linear', 'mlp'], { error: '"linear" or "mlp"' }), heads: count, headSize: count.multipleOf(2), miniBatch: count, baseRate: rate, rotaryTheta: rate, gate: z.boolean(),
    sharedProjection: count.min(2).optional(), preConvolution: count.min(2).optional(), backward,
  }),
});

const schema = z.strictObject({
  title: text,
  description: text,
  notes: z.array(text).optional(),
  data: z.union([
    z.literal(['storybook', 'long-storybook']), z.strictObject({ longStorybook: z.strictObject({ chapters: count }) }), z.strictObject({ text, separator: text.optional() }),
  ], { error: '"storybook", "long-storybook", { "longStorybook": { "chapters": how many } } or { "text": a file }, with "separator": a text where documents are apart' }),
  tokenizer: z.union([z.strictObject({ vocabularySize: count, documents: count }), text], { error: '{ "vocabularySize": tokens, "documents": how many to learn from }, or the name or folder of a model' }),
  model: transformer,
  objective: z.enum(['next-token', 'masked-diffusion', 'block-diffusion'], { error: '"next-token", "masked-diffusion" or "block-diffusion"' }),
  noise: z.strictObject({ least: rate.max(1), most: rate.max(1), complementary: z.boolean().optional() }).optional(),
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
  evaluation: z.strictObject({ every: count, batches: count }).optional(),
  sample: z.strictObject({ every: count }).optional(),
  saveEvery: count,
});

/** The same recipe with other layers, by the key that only their models have. */
const others = { mamba2: schema.extend({ model: mamba2 }), ttt: schema.extend({ model: ttt }) };

function parseModel(where: string, value: unknown): Recipe {
  const model = typeof value === 'object' && value !== null && 'model' in value ? value.model : undefined;
  const has = (key: keyof typeof others): boolean => typeof model === 'object' && model !== null && key in model;
  if (has('mamba2')) return parseStrictly(where, others.mamba2, value);
  return has('ttt') ? parseStrictly(where, others.ttt, value) : parseStrictly(where, schema, value);
}

/** @throws PalimpsestError naming the key that is missing, unknown or of another kind, or that does not go with another. */
export function parseRecipe(where: string, value: unknown): Recipe {
  const recipe = parseModel(where, value);
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
function agreements({ rows, length, microbatches, steps, warmupSteps, decaySteps, objective, noise, activeBlock, model }: Recipe): readonly Agreement[] {
  const { maximumLength, visibility, prediction } = model;
  const blockSize = typeof visibility === 'object' ? visibility.blockCausal : 1;
  const recurrent = 'ttt' in model ? { ttt: model.ttt } : 'mamba2' in model ? { mamba2: model.mamba2 } : {};
  return [
    { key: 'microbatches', holds: rows % microbatches === 0, expected: `a divisor of the ${rows} rows`, got: `${microbatches}` },
    { key: 'length', holds: length <= maximumLength && length >= 2, expected: `2 to the model's maximumLength, ${maximumLength}`, got: `${length}` },
    { key: 'length', holds: length % blockSize === 0, expected: `whole blocks of ${blockSize}`, got: `${length}` },
    { key: 'decaySteps', holds: warmupSteps + decaySteps <= steps, expected: `at most the ${steps} steps together with warmupSteps`, got: `${warmupSteps} + ${decaySteps}` },
    { key: 'model.visibility', holds: objective === objectiveFor(visibility), expected: visibilityFor[objective], got: JSON.stringify(visibility) },
    { key: 'model.prediction', holds: objective !== 'next-token' || prediction === 'next', expected: '"next", as next-token training needs', got: `"${prediction}"` },
    { key: 'noise', holds: noise === undefined || objective === 'block-diffusion', expected: `nothing, with ${objective}`, got: JSON.stringify(noise) },
    { key: 'activeBlock', holds: activeBlock === undefined || objective === 'masked-diffusion', expected: `nothing, with ${objective}`, got: JSON.stringify(activeBlock) },
    { key: 'rows', holds: noise?.complementary !== true || rows % 2 === 0, expected: 'an even number, for complementary masks', got: `${rows}` },
    ...Object.entries(recurrent).map(([key, layers]) => (
      { key: `model.${key}.backward`, holds: visibility === 'causal' || layers.backward !== undefined, expected: '"shared" or "separate", as visibility that is not causal needs', got: 'nothing' })),
  ];
}
