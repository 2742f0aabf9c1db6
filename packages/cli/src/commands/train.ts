import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { checkingInputOf, refusal } from '../failure.js';
import { jsonLine } from '../generation/event-json.js';
import { integerOption, textOption } from '../options.js';
import type { CommandOption, Given } from '../options.js';
import type { Surroundings } from '../surroundings.js';
import { findRecipe } from '../training/find-recipe.js';
import type { NamedRecipe } from '../training/find-recipe.js';
import { exportRun, followRun, prepareRun } from '../training/run.js';
import type { PreparedRun } from '../training/run.js';
import { jsonTraining, linesTraining, liveTraining } from '../training/training-view.js';
import { durationText, grouped } from '../view/amounts.js';
import { note } from '../view/note.js';
import { examples } from './examples.js';
import { json } from './generate.js';

const out = textOption('--out <folder>', 'where state and model are kept (default: runs/RECIPE)');
const text = textOption('--text <file>', 'learn from this text instead of the recipe\'s data');
export const threads: CommandOption<number> = integerOption('--threads <count>', 'threads to compute with (default: one to a processor)', 1);

export function addTrain(program: Command, surroundings: Surroundings): void {
  const command = program.command('train')
    .summary('train a model, or go on with it')
    .description('Trains a model by a recipe and leaves it as a folder that "generate" takes. Stop it with Ctrl-C whenever you like: the same command goes on where it stopped, and the result is the same.')
    .argument('[recipe]', 'a recipe that comes with this installation (quick, storybook-ar, storybook-mdlm, storybook-bd-16, storybook-bd-4, storybook-hybrid-bd-16, storybook-mamba2, storybook-mamba2-mdlm, storybook-ttt-linear), or a JSON file (default with --text: quick)');
  for (const option of [text, out, threads, json]) option.addTo(command);
  command.addHelpText('after', examples([
    ['palimpsest train quick', 'a very small model of stories, in minutes'],
    ['palimpsest train --text notes.txt --out runs/notes', 'the same, of a text of yours'],
    ['palimpsest generate runs/notes/model', 'what came out'],
    ['palimpsest train storybook-ar', 'the autoregressive model that comes with this installation, in hours'],
  ])).action((recipe: string | undefined, given: Given) => trainRecipe(recipe, given, surroundings));
}

async function trainRecipe(recipe: string | undefined, given: Given, surroundings: Surroundings): Promise<void> {
  const { output, errors, clock, signal } = surroundings;
  const prepared = await checkingInputOf(prepare(recipe, given, surroundings));
  const { named: { name }, folder, plan, command } = prepared;
  signal.throwIfAborted();
  const asJson = json.read(given) === true;
  const { result, begun, heldOut } = await (async () => {
    using view = asJson ? jsonTraining(output) : output.screen === undefined ? linesTraining(output, clock, name) : liveTraining(output, output.screen, clock, name);
    return await followRun(plan, view.show); // the view stays until then
  })();
  if (result.step < plan.schedule.steps) {
    if (!asJson) note(errors, `Stopped after step ${grouped(result.step)} of ${grouped(plan.schedule.steps)}; everything is saved. To go on:\n  ${command}`);
    return;
  }
  const finishedBefore = begun === plan.schedule.steps && existsSync(join(folder.model, 'config.json'));
  if (!finishedBefore) await exportRun(prepared, result, heldOut);
  if (asJson) return output.write(jsonLine({ type: 'export', directory: folder.model }));
  note(errors, `${finishedBefore ? 'Was finished before' : `Finished: ${grouped(result.tokensSeen)} tokens in ${durationText(result.seconds)}`}. The model is in ${folder.model}; try it:\n  palimpsest generate ${quoted(folder.model)}`);
}

async function prepare(recipeName: string | undefined, given: Given, surroundings: Surroundings): Promise<PreparedRun> {
  const named = await chooseRecipe(recipeName, text.read(given));
  const settings = { named, folder: out.read(given) ?? join('runs', named.name), threads: threads.read(given) ?? surroundings.processors, command: commandOf(recipeName, given) };
  return prepareRun(settings, surroundings);
}

async function chooseRecipe(name: string | undefined, textFile: string | undefined): Promise<NamedRecipe> {
  if (name === undefined && textFile === undefined) throw refusal({ where: 'palimpsest train', expected: 'a RECIPE, or --text with a file', got: 'neither', hint: 'For a first try: palimpsest train quick' });
  const named = await findRecipe(name ?? 'quick');
  if (textFile === undefined) return named;
  const { recipe } = named;
  return { ...named, recipe: { ...recipe, data: { text: textFile }, title: `${recipe.title}, of another text`, description: `Trained by the recipe ${named.name} on ${textFile}.` } };
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
