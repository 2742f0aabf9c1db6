import { exportModel } from '@palimpsest/models';
import type { UsualSampling } from '@palimpsest/models';
import { train } from '@palimpsest/training';
import type { TrainingEvent, TrainingPlan, TrainingResult } from '@palimpsest/training';
import { checkingInput, checkingInputOf } from '../failure.js';
import { withUsual } from '../generation/usual-sampling.js';
import { wayFor } from '../generation/ways/index.js';
import type { Surroundings } from '../surroundings.js';
import { openProgress } from '../view/progress.js';
import { openData } from './data.js';
import type { NamedRecipe } from './find-recipe.js';
import { assembleModel, objectiveOf, optimiserOf, stagesOf, startingWeights } from './model.js';
import type { RecipeModelParts } from './model.js';
import { prepareTokenizer } from './prepare-tokenizer.js';
import type { Recipe } from './recipe.js';
import { courseOf, openRunFolder } from './run-folder.js';
import type { RunFolder } from './run-folder.js';
import { writeSample } from './sample.js';

export interface RunSettings {
  readonly named: NamedRecipe;
  /** Where the run keeps what it makes. */
  readonly folder: string;
  readonly threads: number;
  /** What starts this run, or goes on with it: for the card. */
  readonly command: string;
}

/** A run, ready to start. */
export interface PreparedRun extends Pick<RunSettings, 'named' | 'command'> {
  readonly folder: RunFolder;
  readonly parts: RecipeModelParts;
  readonly plan: TrainingPlan;
  readonly tokenizerDirectory: string;
  readonly dataDescription: string;
}

/** @throws PalimpsestError or GraphError when recipe, data and folder do not go together. */
export async function prepareRun({ named, folder: path, threads, command }: RunSettings, { errors, clock, signal }: Pick<Surroundings, 'errors' | 'clock' | 'signal'>): Promise<PreparedRun> {
  const { recipe } = named;
  const data = await openData(recipe.data);
  const folder = await openRunFolder(path, recipe);
  using progress = openProgress({ errors, clock });
  const { tokenizer, directory } = await prepareTokenizer(recipe.tokenizer, data, folder.tokenizer, progress.say);
  const parts = checkingInput(() => assembleModel(folder.recipe, recipe, tokenizer));
  const stages = checkingInput(() => stagesOf(folder.recipe, recipe, tokenizer));
  const rows = data.rows(tokenizer, recipe);
  const start = recipe.start === undefined ? undefined : await startingWeights(recipe.start, parts.definition);
  const usual = usualOf(recipe, parts);
  const sampling = { definition: parts.definition, vocabulary: parts.vocabulary, tokenizer, length: recipe.length, usual, threads, clock, signal };
  const { steps, warmupSteps, decaySteps, optimiser, evaluation, sample, microbatches, clipNorm, averageDecay, seed, saveEvery, length } = recipe;
  const plan: TrainingPlan = {
    model: parts.definition, objective: objectiveOf(recipe, tokenizer), stages, data: rows.training, rows: recipe.rows, length, microbatches,
    optimiser: { matrix: optimiserOf(optimiser.matrix), embedding: optimiserOf(optimiser.embedding), vector: optimiserOf(optimiser.vector) },
    schedule: { steps, warmupSteps, decaySteps, final: 0 }, clipNorm, averageDecay, seed, threads, saveEvery, stateFolder: folder.state,
    identity: `${courseOf(recipe)} on ${data.fingerprint}`, clock, signal,
    ...(start && { start }),
    ...(evaluation && { evaluation: { ...evaluation, data: rows.heldOut } }),
    ...(sample && { sample: { every: sample.every, write: (weights, step) => writeSample(weights, step, sampling) } }),
  };
  return { named, folder, parts, plan, tokenizerDirectory: directory, dataDescription: data.description, command };
}

/** The recipe's sampling, tried on the options of the way that the model will be written with. @throws InputError where one of them does not know it. */
function usualOf({ sampling }: Recipe, { definition, vocabulary }: RecipeModelParts): UsualSampling | undefined {
  withUsual({}, sampling, wayFor('model', { ...definition, vocabulary }));
  return sampling;
}

export interface FollowedRun {
  readonly result: TrainingResult;
  /** Steps that were done before. */
  readonly begun: number;
  /** Of the last evaluation, nats per token. */
  readonly heldOut?: number;
}

/** Runs it to its end, or to where the signal stops it; everything is saved then. */
export async function followRun(plan: TrainingPlan, show: (event: TrainingEvent) => void): Promise<FollowedRun> {
  const run = train(plan);
  let begun = 0;
  let heldOut: number | undefined;
  // what is wrong with recipe or state shows before the first event
  for (let next = await checkingInputOf(run.next()); ; next = await run.next()) {
    if (next.done) return { result: next.value, begun, ...(heldOut !== undefined && { heldOut }) };
    const event = next.value;
    if (event.type === 'start') begun = event.step;
    if (event.type === 'evaluation') heldOut = event.loss;
    show(event);
  }
}

/** Leaves the model in its folder. */
export async function exportRun({ named, folder, parts, tokenizerDirectory, dataDescription, command }: PreparedRun, { weights, tokensSeen, seconds }: TrainingResult, heldOut: number | undefined): Promise<void> {
  const { title, description, notes, sampling } = named.recipe;
  await exportModel({
    directory: folder.model, config: parts.config, weights, tokenizerDirectory,
    card: { title, description, data: dataDescription, command, tokensSeen, trainingSeconds: Math.round(seconds), ...(heldOut !== undefined && { heldOutNatsPerToken: heldOut }), ...(sampling && { sampling }), ...(notes && { notes }) },
  });
}
