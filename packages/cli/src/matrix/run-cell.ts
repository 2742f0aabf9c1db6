import { join } from 'node:path';
import { readOptionalJson, writeFileAtomically } from '@palimpsest/checkpoints';
import { openModel } from '@palimpsest/models';
import type { OpenedModel } from '@palimpsest/models';
import { measureHeldOut } from '../evaluation/held-out.js';
import type { HeldOut } from '../evaluation/held-out.js';
import { reportSamples } from '../evaluation/sample-set.js';
import type { SampleReport } from '../evaluation/sample-set.js';
import { checkingInputOf } from '../failure.js';
import { wayFor } from '../generation/ways/index.js';
import { tokens } from '../generation/ways/way.js';
import type { Surroundings } from '../surroundings.js';
import { readTexts } from '../evaluation/read-texts.js';
import { courseOf } from '../training/run-folder.js';
import { exportRun, followRun, prepareRun } from '../training/run.js';
import type { Cell } from './cells.js';
import { rowLength } from './sizes.js';
import type { MatrixSize } from './sizes.js';

/** What came of a cell, as its folder keeps it. */
export interface CellResult {
  readonly architecture: string;
  readonly way: string;
  readonly parameters: number;
  /** Token positions of training, padding included; of block diffusion the clean copies are not counted. */
  readonly positions: number;
  readonly trainingSeconds: number;
  readonly heldOut: HeldOut;
  readonly samples: SampleReport;
}

export interface CellTask {
  readonly cell: Cell;
  readonly size: MatrixSize;
  /** Of the matrix; a cell has one of its own in it. */
  readonly folder: string;
  readonly threads: number;
  readonly say: (what: string) => void;
}

interface Kept {
  /** What the result depends on. */
  readonly made: string;
  readonly result: CellResult;
}

/** Another recipe or another amount of measuring is another cell. */
const madeOf = ({ cell, size: { texts, samples, sampleLength } }: CellTask): string => `${courseOf(cell.recipe)}, ${JSON.stringify(cell.recipe.sampling)}, ${texts} texts, ${samples} samples of ${sampleLength}`;
const keptIn = ({ cell, folder }: CellTask): string => join(folder, cell.name, 'result.json');

/** What the folder keeps of a finished cell; undefined where it is not finished. */
export async function finishedCell(task: CellTask): Promise<CellResult | undefined> {
  const kept = await readOptionalJson(keptIn(task)) as Kept | undefined; // our own file
  return kept?.made === madeOf(task) ? kept.result : undefined;
}

/**
 * Trains a cell, or goes on with it, measures it, and keeps what came out. @returns undefined where the signal stopped it; the training is saved.
 * @throws InputError when the folder holds another run; what training and measuring throw.
 */
export async function runCell(task: CellTask, surroundings: Surroundings): Promise<CellResult | undefined> {
  const { cell, folder, threads, say } = task;
  const prepared = await checkingInputOf(prepareRun({ named: { name: cell.name, recipe: cell.recipe }, folder: join(folder, cell.name), threads, command: 'palimpsest matrix' }, surroundings));
  const { result } = await followRun(prepared.plan, (event) => {
    if (event.type === 'step') say(`step ${event.step} of ${cell.recipe.steps}, loss ${event.loss.toFixed(3)}`);
  });
  if (result.step < cell.recipe.steps) return undefined;
  await exportRun(prepared, result, undefined);
  await using model = await openModel(prepared.folder.model, { threads, signal: surroundings.signal });
  const { parameters } = prepared.parts.definition;
  const measured: CellResult = {
    architecture: cell.architecture, way: cell.way, parameters: parameters.reduce((sum, { shape }) => sum + shape.reduce((product, axis) => product * axis, 1), 0),
    positions: cell.recipe.rows * cell.recipe.length * cell.recipe.steps, trainingSeconds: Number(result.seconds.toFixed(1)), ...(await measure(model, task, surroundings)),
  };
  await writeFileAtomically(keptIn(task), [`${JSON.stringify({ made: madeOf(task), result: measured } satisfies Kept, null, 2)}\n`]);
  return measured;
}

async function measure(model: OpenedModel, { size, say }: CellTask, surroundings: Surroundings): Promise<Pick<CellResult, 'heldOut' | 'samples'>> {
  const { signal } = surroundings;
  const way = wayFor(model.name, model.backbone);
  const texts = await readTexts(model.tokenizer, 'storybook', size.texts, rowLength);
  const heldOut = await measureHeldOut(way.likelihood, { backbone: model.backbone, texts, seed: 0, signal, onProgress: (done) => say(`held-out text ${done} of ${size.texts}`) });
  const samples = await reportSamples(model, tokens.give({}, size.sampleLength), {
    count: size.samples, firstSeed: 0, isStorybook: true, onProgress: (done) => say(`sample ${done} of ${size.samples}`),
  }, surroundings);
  return { heldOut, samples };
}
