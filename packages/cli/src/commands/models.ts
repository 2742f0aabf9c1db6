import { join } from 'node:path';
import { openCheckpoint } from '@palimpsest/checkpoints';
import { findModel, listModels } from '@palimpsest/models';
import type { ModelSummary } from '@palimpsest/models';
import type { Command } from 'commander';
import { checkingInputOf } from '../failure.js';
import { jsonLine } from '../generation/event-json.js';
import { ways } from '../generation/ways/index.js';
import type { Given } from '../options.js';
import type { Surroundings } from '../surroundings.js';
import { bytesText, countText, grouped } from '../view/amounts.js';
import { table } from '../view/table.js';
import { examples } from './examples.js';
import { json } from './generate.js';

interface ModelListing extends ModelSummary {
  /** Names of the ways of generating that run on it. */
  readonly ways: readonly string[];
}

export function addModels(program: Command, surroundings: Surroundings): void {
  const command = program.command('models')
    .summary('list the models')
    .description('Lists the models that come with this installation, or those of a folder: what they are, how they generate, how large they are.')
    .argument('[folder]', 'a folder with model folders in it (default: the models that come with this installation)');
  json.addTo(command);
  command.addHelpText('after', examples([
    ['palimpsest models', 'what there is'],
    ['palimpsest models runs/quick', 'what a training run left'],
    ['palimpsest models --json', 'one model per line, for programs'],
  ])).action((folder: string | undefined, given: Given) => showModels(folder, given, surroundings));
}

async function showModels(folder: string | undefined, given: Given, { output }: Surroundings): Promise<void> {
  const listings = await checkingInputOf(listModelsWithWays(folder));
  if (json.read(given)) listings.forEach((listing) => output.write(jsonLine(listing)));
  else output.write(listings.length === 0 ? 'There are no models here. Train one: palimpsest train quick\n' : `${tableOf(listings).join('\n')}\n`);
}

async function listModelsWithWays(folder: string | undefined): Promise<readonly ModelListing[]> {
  const models = await listModels(...(folder === undefined ? [] : [folder]));
  return Promise.all(models.map(async (model) => {
    const { definition, vocabulary } = await openCheckpoint(folder === undefined ? await findModel(model.name) : join(folder, model.name));
    return { ...model, ways: ways.filter(({ runsOn }) => runsOn({ ...definition, vocabulary })).map(({ name }) => name) };
  }));
}

const tableOf = (models: readonly ModelListing[]): readonly string[] => table([
  ['model', 'generates by', 'parameters', 'context', 'score', 'size', ''],
  ...models.map(({ name, ways: names, parameters, maximumLength, checkerScore, bytes, description }) => [
    name, names.join(', ') || 'nothing here', countText(parameters), grouped(maximumLength), checkerScore?.toFixed(3) ?? '-', bytesText(bytes), description,
  ]),
], ['left', 'left', 'right', 'right', 'right', 'right', 'left']);
