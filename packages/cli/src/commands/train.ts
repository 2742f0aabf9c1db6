import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { exportModel } from '@palimpsest/models';
import { train } from '@palimpsest/training';
import type { TrainingEvent, TrainingPlan, TrainingResult } from '@palimpsest/training';
import type { Command } from 'commander';
import { checkingInput, checkingInputOf, refusal } from '../failure.js';
import { jsonLine } from '../generation/event-json.js';
import { integerOption, textOption } from '../options.js';
import type { Given } from '../options.js';
import type { Surroundings } from '../surroundings.js';
import { openData } from '../training/data.js';
import { findRecipe } from '../training/find-recipe.js';
import type { NamedRecipe } from '../training/find-recipe.js';
import { assembleModel, objectiveOf, optimiserOf, startingWeights } from '../training/model.js';
import type { RecipeModelParts } from '../training/model.js';
import { prepareTokenizer } from '../training/prepare-tokenizer.js';
import { courseOf, openRunFolder } from '../training/run-folder.js';
import type { RunFolder } from '../training/run-folder.js';
import { writeSample } from '../training/sample.js';
import { jsonTraining, linesTraining, liveTraining } from '../training/training-view.js';
import { durationText, grouped } from '../view/amounts.js';
import { note } from '../view/note.js';
import { openProgress } from '../view/progress.js';
import { examples } from './examples.js';
import { json } from './generate.js';

const out = textOption('--out <folder>', 'where state and model are kept (default: runs/RECIPE)');
const text = textOption('--text <file>', 'learn from this text instead of the recipe\'s data');
const threads = integerOption('--threads <count>', 'threads to compute with (default: one to a processor)', 1);

export function addTrain(program: Command, surroundings: Surroundings): void {
  const command = program.command('train')
    .summary('train a model, or go on with it')
    .description('Trains a model by a recipe and leaves it as a folder that "generate" takes. Stop it with Ctrl-C whenever you like: the same command goes on where it stopped, and the result is the same.')
    .argument('[recipe]', 'a recipe that comes with this installation (storybook-ar, storybook-mdlm, storybook-bd-16, storybook-mamba2, storybook-ttt-linear, quick), or a JSON file (default with --text: quick)');
  for (const option of [text, out, threads, json]) option.addTo(command);
  command.addHelpText('after', examples([
    ['palimpsest train quick', 'a very small model of stories, in minutes'],
    ['palimpsest train --text notes.txt --out runs/notes', 'the same, of a text of yours'],
    ['palimpsest generate runs/notes/model', 'what came out'],
    ['palimpsest train storybook-ar', 'the autoregressive model that comes with this installation, in hours'],
  ])).action((recipe: string | undefined, given: Given) => trainRecipe(recipe, given, surroundings));
}

/** A run, ready to start. */
interface Prepared {
  readonly named: NamedRecipe;
  readonly folder: RunFolder;
  readonly parts: RecipeModelParts;
  readonly plan: TrainingPlan;
  readonly tokenizerDirectory: string;
  readonly dataDescription: string;
  /** What starts this run, or goes on with it. */
  readonly command: string;
}

async function trainRecipe(recipe: string | undefined, given: Given, surroundings: Surroundings): Promise<void> {
  const { output, errors, clock, signal } = surroundings;
  const prepared = await checkingInputOf(prepare(recipe, given, surroundings));
  const { named: { name }, folder, plan, command } = prepared;
  signal.throwIfAborted();
  const asJson = json.read(given) === true;
  const { result, begun, heldOut } = await (async () => {
    using view = asJson ? jsonTraining(output) : output.screen === undefined ? linesTraining(output, clock, name) : liveTraining(output, output.screen, clock, name);
    return await followTraining(plan, view.show); // the view stays until then
  })();
  if (result.step < plan.schedule.steps) {
    if (!asJson) note(errors, `Stopped after step ${grouped(result.step)} of ${grouped(plan.schedule.steps)}; everything is saved. To go on:\n  ${command}`);
    return;
  }
  const finishedBefore = begun === plan.schedule.steps && existsSync(join(folder.model, 'config.json'));
  if (!finishedBefore) await exportResult(prepared, result, heldOut);
  if (asJson) return output.write(jsonLine({ type: 'export', directory: folder.model }));
  note(errors, `${finishedBefore ? 'Was finished before' : `Finished: ${grouped(result.tokensSeen)} tokens in ${durationText(result.seconds)}`}. The model is in ${folder.model}; try it:\n  palimpsest generate ${quoted(folder.model)}`);
}

async function prepare(recipeName: string | undefined, given: Given, { errors, clock, signal, processors }: Surroundings): Promise<Prepared> {
  const named = await chooseRecipe(recipeName, text.read(given));
  const { name, recipe } = named;
  const data = await openData(recipe.data);
  const folder = await openRunFolder(out.read(given) ?? join('runs', name), recipe);
  using progress = openProgress({ errors, clock });
  const { tokenizer, directory } = await prepareTokenizer(recipe.tokenizer, data, folder.tokenizer, progress.say);
  const parts = checkingInput(() => assembleModel(folder.recipe, recipe, tokenizer));
  const rows = data.rows(tokenizer, recipe);
  const threadCount = threads.read(given) ?? processors;
  const start = recipe.start === undefined ? undefined : await startingWeights(recipe.start, parts.definition);
  const sampling = { definition: parts.definition, vocabulary: parts.vocabulary, tokenizer, length: recipe.length, threads: threadCount, clock, signal };
  const { steps, warmupSteps, decaySteps, optimiser, evaluation, sample, microbatches, clipNorm, averageDecay, seed, saveEvery, length } = recipe;
  const plan: TrainingPlan = {
    model: parts.definition, objective: objectiveOf(recipe, tokenizer), data: rows.training, rows: recipe.rows, length, microbatches,
    optimiser: { matrix: optimiserOf(optimiser.matrix), embedding: optimiserOf(optimiser.embedding), vector: optimiserOf(optimiser.vector) },
    schedule: { steps, warmupSteps, decaySteps, final: 0 }, clipNorm, averageDecay, seed, threads: threadCount, saveEvery, stateFolder: folder.state,
    identity: `${courseOf(recipe)} on ${data.fingerprint}`, clock, signal,
    ...(start && { start }),
    ...(evaluation && { evaluation: { ...evaluation, data: rows.heldOut } }),
    ...(sample && { sample: { every: sample.every, write: (weights, step) => writeSample(weights, step, sampling) } }),
  };
  return { named, folder, parts, plan, tokenizerDirectory: directory, dataDescription: data.description, command: commandOf(recipeName, given) };
}

async function chooseRecipe(name: string | undefined, textFile: string | undefined): Promise<NamedRecipe> {
  if (name === undefined && textFile === undefined) throw refusal({ where: 'palimpsest train', expected: 'a RECIPE, or --text with a file', got: 'neither', hint: 'For a first try: palimpsest train quick' });
  const named = await findRecipe(name ?? 'quick');
  if (textFile === undefined) return named;
  const { recipe } = named;
  return { ...named, recipe: { ...recipe, data: { text: textFile }, title: `${recipe.title}, of another text`, description: `Trained by the recipe ${named.name} on ${textFile}.` } };
}

interface Followed {
  readonly result: TrainingResult;
  /** Steps that were done before. */
  readonly begun: number;
  /** Of the last evaluation, nats per token. */
  readonly heldOut?: number;
}

async function followTraining(plan: TrainingPlan, show: (event: TrainingEvent) => void): Promise<Followed> {
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

async function exportResult({ named, folder, parts, tokenizerDirectory, dataDescription, command }: Prepared, { weights, tokensSeen, seconds }: TrainingResult, heldOut: number | undefined): Promise<void> {
  const { title, description, notes } = named.recipe;
  await exportModel({
    directory: folder.model, config: parts.config, weights, tokenizerDirectory,
    card: { title, description, data: dataDescription, command, tokensSeen, trainingSeconds: Math.round(seconds), ...(heldOut !== undefined && { heldOutNatsPerToken: heldOut }), ...(notes && { notes }) },
  });
}

function commandOf(recipe: string | undefined, given: Given): string {
  const options = [text, out].flatMap((option) => {
    const value = option.read(given);
    return value === undefined ? [] : [option.flag, quoted(value)];
  });
  return ['palimpsest', 'train', ...(recipe === undefined ? [] : [quoted(recipe)]), ...options].join(' ');
}

/** As a shell takes it. */
const quoted = (word: string): string => (/^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
