import { PalimpsestError } from '@palimpsest/backbone';
import { openCheckpoint, palimpsest, readTensor } from '@palimpsest/checkpoints';
import type { AssembledModel, PalimpsestConfig } from '@palimpsest/checkpoints';
import type { ModelDefinition } from '@palimpsest/layers';
import { findModel } from '@palimpsest/models';
import type { Tokenizer } from '@palimpsest/tokenizer';
import { adamW, blockDiffusion, maskedDiffusion, muon, nextToken } from '@palimpsest/training';
import type { Objective, Optimiser, Stage, StateTensor } from '@palimpsest/training';
import { recipeNames } from './find-recipe.js';
import type { Recipe, UpdateRule } from './recipe.js';
import { layersConfig } from './stacks/index.js';
import { blockSizeOf } from './stacks/stack.js';

export interface RecipeModelParts extends AssembledModel {
  readonly config: PalimpsestConfig;
}

/** The model of a recipe with a tokenizer's vocabulary. @throws PalimpsestError or GraphError when sizes do not go together. */
export function assembleModel(where: string, { model, objective }: Recipe, { vocabularySize, special }: Tokenizer): RecipeModelParts {
  const blockSize = blockSizeOf(model);
  const config: PalimpsestConfig = {
    ...layersConfig(model), vocab_size: vocabularySize, hidden_size: model.width, max_position_embeddings: model.maximumLength,
    rms_norm_eps: model.normEpsilon, tie_word_embeddings: model.tiedHead,
    visibility_block_size: blockSize === Infinity ? null : blockSize, prediction: model.prediction,
    ...(objective !== 'next-token' && special.mask !== undefined && { mask_token_id: special.mask }), // a causal model never sees one
    ...(special.begin !== undefined && { bos_token_id: special.begin }),
    ...(special.end !== undefined && { eos_token_id: special.end }),
    ...(special.pad !== undefined && { pad_token_id: special.pad }),
  };
  return { config, ...palimpsest.assemble(config, where) };
}

/** @throws PalimpsestError when the tokenizer has no mask and the objective needs one, or the range of noise is none. */
export function objectiveOf({ objective, seed, noise, activeBlock, model: { prediction, visibility } }: Recipe, { special: { mask: maskId } }: Tokenizer): Objective {
  if (objective === 'next-token') return nextToken;
  if (maskId === undefined) throw new PalimpsestError({ where: 'tokenizer', expected: 'one with a mask token, for diffusion', got: 'none' });
  if (typeof visibility !== 'object') return maskedDiffusion({ maskId, seed, prediction, keep: 1, ...(activeBlock && { activeBlock }) });
  return blockDiffusion({ maskId, seed, prediction, blockSize: visibility.blockCausal, keep: 1, complementary: noise?.complementary ?? false, endsMasked: noise?.endsMasked ?? 0, ...(noise && { noise }) });
}

/** The parts of a run in smaller blocks. Those of one token in a shifted model are next-token training, which needs no clean copies. @throws PalimpsestError or GraphError where the layers have none of that size. */
export function stagesOf(where: string, recipe: Recipe, tokenizer: Tokenizer): readonly Stage[] {
  return (recipe.blockSizeWarmup ?? []).map(({ until, blockSize }) => {
    const objective = blockSize === 1 && recipe.model.prediction === 'next' ? 'next-token' : recipe.objective;
    const own: Recipe = { ...recipe, objective, model: { ...recipe.model, visibility: { blockCausal: blockSize } } };
    return { until, model: assembleModel(where, own, tokenizer).definition, objective: objectiveOf(own, tokenizer) };
  });
}

/** The recipe's schema lets exactly one of the two through. */
export const optimiserOf = ({ adamW: adam, muon: orthogonal }: UpdateRule): Optimiser => (adam === undefined ? muon(orthogonal!) : adamW(adam));

/** The weights of another model, for every parameter of this one. @throws PalimpsestError when one is missing or of another shape. */
export async function startingWeights(from: string, { parameters }: ModelDefinition): Promise<ReadonlyMap<string, StateTensor>> {
  const directory = await findModel(from).catch(async (error: unknown) => {
    const run = /^runs\/([^/]+)\/model$/.exec(from)?.[1]; // where a recipe that comes with this installation leaves its model
    if (run === undefined || !(await recipeNames()).includes(run)) throw error;
    throw new PalimpsestError({ where: 'start', expected: `the folder ${from}`, got: 'none', hint: `"palimpsest train ${run}" leaves it there.` });
  });
  const { weights } = await openCheckpoint(directory);
  return new Map(await Promise.all(parameters.map(async ({ name, shape }) => {
    const weight = weights.get(name);
    if (weight === undefined || weight.shape.join() !== shape.join()) {
      throw new PalimpsestError({
        where: `start: ${directory}: ${name}`, expected: `weights of shape [${shape.join(', ')}]`, got: weight === undefined ? 'none' : `[${weight.shape.join(', ')}]`,
        hint: 'A model to start from has the same sizes and the same tokenizer.',
      });
    }
    return [name, { shape, data: await readTensor(weight.path, weight) }] as const;
  })));
}
