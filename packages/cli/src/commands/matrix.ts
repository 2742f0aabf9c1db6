import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '@palimpsest/checkpoints';
import type { Command } from 'commander';
import { jsonLine } from '../generation/event-json.js';
import { architectures, matrixCells, waysOfTraining } from '../matrix/cells.js';
import type { Cell } from '../matrix/cells.js';
import { matrixLines, matrixMarkdown } from '../matrix/matrix-table.js';
import { finishedCell, runCell } from '../matrix/run-cell.js';
import type { CellResult, CellTask } from '../matrix/run-cell.js';
import { expectedSeconds, sizes } from '../matrix/sizes.js';
import { choiceOption, commandOption, textOption } from '../options.js';
import type { Given } from '../options.js';
import type { Surroundings } from '../surroundings.js';
import { durationText } from '../view/amounts.js';
import { note } from '../view/note.js';
import { openProgress } from '../view/progress.js';
import { examples } from './examples.js';
import { json } from './generate.js';
import { threads } from './train.js';

const size = choiceOption('--size <name>', `${Object.entries(sizes).map(([name, { description }]) => `${name}: ${description}`).join('; ')} (default: small)`, Object.keys(sizes));
const out = textOption('--out <folder>', 'where models, results and the table are kept (default: runs/matrix-SIZE)');
const names = [...Object.keys(architectures), ...Object.keys(waysOfTraining)];
const only = commandOption<readonly string[]>('--only <names>', `of ${names.join(', ')}, with commas between: no other layers and ways than these`, (list, refuse) => {
  const chosen = list.split(',');
  return chosen.every((name) => names.includes(name)) ? chosen : refuse(`names among ${names.join(', ')}, with commas between`);
});

export function addMatrix(program: Command, surroundings: Surroundings): void {
  const command = program.command('matrix')
    .summary('every kind of layers in every way of generating')
    .description('Trains twelve models on the same stories: layers of attention, of state spaces, of test-time training and of all three, each autoregressive, by masked diffusion and by block diffusion. Measures each and makes one table. Stop it with Ctrl-C whenever you like: the same command goes on, and what is finished is kept.');
  for (const option of [size, only, out, threads, json]) option.addTo(command);
  command.addHelpText('after', examples([
    ['palimpsest matrix', 'all twelve at a small size, in the better part of an hour'],
    ['palimpsest matrix --only hybrid', 'a hybrid in all three ways'],
    ['palimpsest matrix --size shipped', 'at the size of the models that come with this installation; says first how many hours that takes'],
  ])).action((given: Given) => runMatrix(given, surroundings));
}

/** Layers that were named, or all where none were; of ways the same. */
function isChosen({ architecture, way }: Cell, chosen: readonly string[]): boolean {
  const among = (kinds: object, name: string): boolean => chosen.includes(name) || !chosen.some((each) => Object.hasOwn(kinds, each));
  return among(architectures, architecture) && among(waysOfTraining, way);
}

async function runMatrix(given: Given, surroundings: Surroundings): Promise<void> {
  const { output, errors, signal } = surroundings;
  const name = size.read(given) ?? 'small';
  const [chosenSize, folder] = [sizes[name]!, out.read(given) ?? join('runs', `matrix-${name}`)]; // a choice of the table's keys
  const asJson = json.read(given) === true;
  const cells = matrixCells(chosenSize);
  await mkdir(folder, { recursive: true });
  using progress = openProgress(surroundings);
  const taskOf = (cell: Cell): CellTask => ({ cell, size: chosenSize, folder, threads: threads.read(given) ?? surroundings.processors, say: (what) => progress.say(`${cell.name}: ${what}`) });
  const chosen = cells.filter((cell) => isChosen(cell, only.read(given) ?? []));
  const finished = new Map<Cell, CellResult>(); // chosen or not: the folder's table has all of them
  const add = (cell: Cell, result: CellResult): void => {
    finished.set(cell, result);
    if (asJson && chosen.includes(cell)) output.write(jsonLine({ type: 'cell', ...result }));
  };
  for (const cell of cells) {
    const result = await finishedCell(taskOf(cell));
    if (result !== undefined) add(cell, result);
  }
  const left = chosen.filter((cell) => !finished.has(cell));
  if (!asJson && left.length > 0) note(errors, `${left.length} of ${chosen.length} to train and measure, about ${durationText(expectedSeconds(name, left.length))} on two cores; ${folder} keeps what is finished.`);
  for (const [index, cell] of left.entries()) {
    const result = await runCell(taskOf(cell), surroundings);
    signal.throwIfAborted();
    if (result === undefined) return;
    add(cell, result);
    if (!asJson) note(errors, `${index + 1} of ${left.length} finished: ${cell.name}`);
    await saveTable(folder, inOrder(cells, finished));
  }
  if (!asJson) output.write(`${matrixLines(inOrder(chosen, finished)).join('\n')}\n`);
}

const inOrder = (cells: readonly Cell[], finished: ReadonlyMap<Cell, CellResult>): readonly CellResult[] => cells.flatMap((cell) => finished.get(cell) ?? []);

/** All that is finished, for programs and for a page. */
async function saveTable(folder: string, results: readonly CellResult[]): Promise<void> {
  await writeFileAtomically(join(folder, 'matrix.json'), [`${JSON.stringify(results, null, 2)}\n`]);
  await writeFileAtomically(join(folder, 'matrix.md'), [`${matrixMarkdown(results).join('\n')}\n`]);
}
