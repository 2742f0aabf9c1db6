import { readFile } from 'node:fs/promises';
import { PalimpsestError } from '@palimpsest/backbone';
import { openCheckpoint } from '@palimpsest/checkpoints';
import { findModel, readInnerLosses } from '@palimpsest/models';
import type { InnerLosses } from '@palimpsest/models';
import { loadTokenizer } from '@palimpsest/tokenizer';
import type { Command } from 'commander';
import { checkingInputOf, refusal } from '../failure.js';
import { jsonLine } from '../generation/event-json.js';
import { integerOption, textOption } from '../options.js';
import type { Given } from '../options.js';
import type { Surroundings } from '../surroundings.js';
import { grouped } from '../view/amounts.js';
import { sparkline } from '../view/sparkline.js';
import { table } from '../view/table.js';
import { examples } from './examples.js';
import { json } from './generate.js';

const innerLoss = textOption('--inner-loss <file>', 'how layers that learn while they read learn from this text');
const length = integerOption('--length <tokens>', 'of the text, from its beginning, at most (default: 2048, or what the context holds)', 1);
const threads = integerOption('--threads <count>', 'threads inside one operator (default: 2)', 1);

export function addInspect(program: Command, surroundings: Surroundings): void {
  const command = program.command('inspect')
    .summary('look inside a model while it reads')
    .description('Shows what happens inside a model while it reads a text: for each layer that learns while it reads (TTT), its inner loss before and after it has learnt from each mini-batch of tokens, and how far its fast weights have moved.')
    .argument('<model>', 'a name from "palimpsest models", or a model\'s folder');
  for (const option of [innerLoss, length, threads, json]) option.addTo(command);
  command.addHelpText('after', examples([
    ['palimpsest inspect storybook-ttt-linear --inner-loss story.txt', 'a line to a layer'],
    ['palimpsest inspect storybook-ttt-linear --inner-loss story.txt --json', 'every mini-batch of every layer, for programs'],
  ])).action((model: string, given: Given) => inspect(model, given, surroundings));
}

async function inspect(model: string, given: Given, { output }: Surroundings): Promise<void> {
  const file = innerLoss.read(given);
  if (file === undefined) throw refusal({ where: 'palimpsest inspect', expected: 'what to look at', got: 'nothing', hint: 'Give a text: --inner-loss FILE' });
  const { tokens, layers } = await checkingInputOf(measure(model, file, given));
  if (json.read(given)) {
    for (const { layer, tokens: counts, lossBefore, lossAfter, moved } of layers) {
      lossBefore.forEach((before, miniBatch) => output.write(jsonLine({ type: 'inner-loss', layer, miniBatch, tokens: counts[miniBatch]!, lossBefore: before, lossAfter: lossAfter[miniBatch]!, moved: moved[miniBatch]! })));
    }
    return;
  }
  output.write(`${[`${grouped(tokens)} tokens, ${grouped(layers[0]!.lossBefore.length)} mini-batches; inner losses are means over the heads`, '', ...tableOf(layers)].join('\n')}\n`);
}

async function measure(model: string, file: string, given: Given): Promise<{ readonly tokens: number; readonly layers: readonly InnerLosses[] }> {
  const directory = await findModel(model);
  const [checkpoint, tokenizer, text] = await Promise.all([openCheckpoint(directory), loadTokenizer(directory), readText(file)]);
  const { begin } = tokenizer.special;
  const most = length.read(given) ?? Math.min(2048, checkpoint.definition.maximumLength);
  const tokens = Int32Array.from([...(begin === undefined ? [] : [begin]), ...tokenizer.encode(text)].slice(0, most));
  const count = threads.read(given);
  return { tokens: tokens.length, layers: await readInnerLosses(checkpoint, tokens, { ...(count !== undefined && { threads: count }) }) };
}

const readText = (file: string): Promise<string> => readFile(file, 'utf8').catch((cause: unknown) => {
  throw new PalimpsestError({ where: innerLoss.flag, expected: 'a text file', got: file, cause });
});

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const chartColumns = 40;

const tableOf = (layers: readonly InnerLosses[]): readonly string[] => table([
  ['layer', 'loss before', 'loss after', 'weights moved', 'before each mini-batch, from the first to the last'],
  ...layers.map(({ layer, lossBefore, lossAfter, moved }) => [
    layer.replace(/^model\.layers\./, ''), mean(lossBefore).toFixed(3), mean(lossAfter).toFixed(3), moved.at(-1)!.toFixed(3), sparkline(lossBefore, chartColumns),
  ]),
], ['left', 'right', 'right', 'right', 'left']);
