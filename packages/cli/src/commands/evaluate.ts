import type { OpenedModel } from '@palimpsest/models';
import type { Command } from 'commander';
import { measureHeldOut } from '../evaluation/held-out.js';
import { readTexts } from '../evaluation/read-texts.js';
import { heldOutLines, leftToRightLine, sampleLines } from '../evaluation/report-lines.js';
import { reportSamples } from '../evaluation/sample-set.js';
import type { SampleReport } from '../evaluation/sample-set.js';
import { saveToCard } from '../evaluation/save-card.js';
import type { Measured } from '../evaluation/save-card.js';
import { checkingInputOf, refusal } from '../failure.js';
import { jsonLine } from '../generation/event-json.js';
import { modelOptions, noteIdlePlan, openNamed, prepareSession } from '../generation/session.js';
import type { Session } from '../generation/session.js';
import { checkOptions, wayFor, wayOptions, ways } from '../generation/ways/index.js';
import { tokens } from '../generation/ways/way.js';
import type { Way } from '../generation/ways/way.js';
import { commandOption, integerOption, switchOption, textOption } from '../options.js';
import type { Given } from '../options.js';
import type { Surroundings } from '../surroundings.js';
import { durationText } from '../view/amounts.js';
import { openProgress } from '../view/progress.js';
import { examples } from './examples.js';
import { json } from './generate.js';

const samples = integerOption('--samples <count>', 'texts to write without a prompt, to a setting (default: 200)', 1);
const heldOutTexts = integerOption('--texts <count>', 'held-out texts to measure the likelihood on (default: 200)', 1);
const textLength = integerOption('--length <tokens>', 'of a text, at most, without the begin token (default: 128, or what the context holds)', 3);
const text = textOption('--text <file>', 'hold out texts of this file instead of storybook, without the checker');
const firstSeed = integerOption('--seed <number>', 'of the first sample; the others count on (default: 0)', 0);
const fromTheLeft = switchOption('--left-to-right', 'diffusion: also the exact likelihood of the texts when they are written from the left, one token to a pass');
const save = switchOption('--save', 'write the results into the model\'s card');
const stepCounts = commandOption<readonly number[]>(
  '--steps <counts>', 'diffusion: forward passes to plan, one setting each, as in 128,32 (default: the length, a half, a quarter, an eighth; of no use where the policy writes what is sure)',
  (list, refuse) => {
    const counts = list.split(',').map(Number);
    return counts.every((count) => Number.isInteger(count) && count >= 1) ? counts : refuse('whole numbers of at least 1 with commas between, as in 128,32');
  },
);

/** What the ways read, but for the length, which is that of a row, and the steps, for which the command has a list of its own. */
const settings = wayOptions.filter((option) => option !== tokens && !ways.some(({ steps }) => option === steps));

export function addEvaluate(program: Command, surroundings: Surroundings): void {
  const command = program.command('evaluate')
    .summary('how good a model is')
    .description('Measures a model: how probable it finds held-out texts (of a diffusion model a bound), how good its own texts are by the checker of the storybook world, how varied they are, and what they cost. A diffusion model is measured at several numbers of forward passes.')
    .argument('<model>', 'a name from "palimpsest models", or a model\'s folder');
  for (const option of [samples, heldOutTexts, textLength, text, fromTheLeft, stepCounts, ...settings, firstSeed, save, ...modelOptions, json]) option.addTo(command);
  command.addHelpText('after', examples([
    ['palimpsest evaluate storybook-ar', 'all of it, in some minutes'],
    ['palimpsest evaluate storybook-mdlm --samples 20 --steps 128,16', 'a quick look at two numbers of passes'],
    ['palimpsest evaluate runs/notes/model --text notes.txt', 'a model of a text of yours'],
  ])).action((model: string, given: Given) => evaluate(model, given, surroundings));
}

async function evaluate(name: string, given: Given, surroundings: Surroundings): Promise<void> {
  const changed = settings.find((option) => option.read(given) !== undefined)?.flag;
  if (save.read(given) && changed !== undefined) {
    throw refusal({ where: save.flag, expected: 'the sampling of the model\'s card, so that its scores are of what it says', got: changed, hint: 'Write it into card.json under "sampling" first, or leave out --save.' });
  }
  const measured = await measure(name, given, surroundings);
  if (save.read(given)) await saveToCard(measured);
}

/** Measures, and tells what it finds as it goes. The model is closed again. */
async function measure(name: string, given: Given, surroundings: Surroundings): Promise<Measured> {
  const { output, signal } = surroundings;
  await using model = await openNamed(name, given, surroundings);
  const { maximumLength } = model.backbone;
  const length = textLength.read(given) ?? Math.min(128, maximumLength - 1);
  if (length >= maximumLength) throw refusal({ where: textLength.flag, expected: `fewer than the ${maximumLength} tokens of the model's context`, got: String(length) });
  const { way, runs } = planRuns(model, given, length, surroundings);
  const leftToRight = fromTheLeft.read(given) ? leftToRightOf(way, model.name) : undefined;
  const file = text.read(given);
  const texts = await checkingInputOf(readTexts(model.tokenizer, file === undefined ? 'storybook' : { text: file }, heldOutTexts.read(given) ?? 200, length + 1));
  const asJson = json.read(given) === true;
  const tell = (lines: readonly string[], event: object): void => output.write(asJson ? jsonLine(event) : `${lines.join('\n')}\n\n`);

  const seed = firstSeed.read(given) ?? 0;
  const heldOut = await withProgress('held-out texts', texts.length, surroundings, (onProgress) => measureHeldOut(way.likelihood, { backbone: model.backbone, texts, seed, signal, onProgress }));
  tell([`${model.name} (${way.name})`, '', ...heldOutLines(heldOut)], { type: 'held-out', model: model.name, way: way.name, ...heldOut });
  if (leftToRight !== undefined) {
    const ordered = await withProgress('held-out texts from the left', texts.length, surroundings, (onProgress) => measureHeldOut(leftToRight, { backbone: model.backbone, texts, seed, signal, onProgress }));
    tell([leftToRightLine(ordered)], { type: 'left-to-right', model: model.name, way: way.name, ...ordered });
  }

  const count = samples.read(given) ?? 200;
  const reports: SampleReport[] = [];
  for (const run of runs) {
    const report = await withProgress(`setting ${reports.length + 1} of ${runs.length}: samples`, count, surroundings, (onProgress) =>
      reportSamples(model, run.given, { count, firstSeed: seed, isStorybook: file === undefined, onProgress }, surroundings));
    reports.push(report);
    if (asJson) tell([], { type: 'samples', ...(run.steps !== undefined && { steps: run.steps }), ...report });
  }
  if (!asJson) tell(sampleLines(reports), {});
  return { model, heldOut, reports };
}

function leftToRightOf({ name, leftToRight }: Way, model: string): NonNullable<Way['leftToRight']> {
  if (leftToRight !== undefined) return leftToRight;
  throw refusal({ where: fromTheLeft.flag, expected: 'a diffusion model', got: `${model}, which is ${name}`, hint: 'What it says of texts is said from the left already.' });
}

interface Run {
  readonly given: Given;
  readonly steps?: number;
}

/** The settings to sample under, all of them tried on the model's limits. @throws InputError */
function planRuns(model: OpenedModel, given: Given, length: number, surroundings: Surroundings): { readonly way: Way; readonly runs: readonly Run[] } {
  const way = wayFor(model.name, model.backbone);
  checkOptions(given, [way]);
  const whole = tokens.give(given, length);
  const session = (tried: Given): Session => prepareSession(model, { prompt: '', given: tried, seed: 0 }, surroundings);
  const { steps } = way;
  if (steps === undefined) {
    session(whole);
    return { way, runs: [{ given: whole }] };
  }
  const counts = stepCounts.read(given) ?? [1, 2, 4, 8].map((part) => Math.ceil(length / part));
  const runs = counts.map((count) => ({ steps: count, given: steps.give(whole, count) }));
  const sessions = runs.map((run) => session(run.given));
  if (sessions[0]!.planIgnoredBy === undefined) return { way, runs };
  if (stepCounts.read(given) !== undefined) noteIdlePlan(sessions[0]!, runs[0]!.given, surroundings);
  return { way, runs: [{ given: runs[0]!.given }] };
}

async function withProgress<T>(what: string, count: number, { errors, clock }: Surroundings, work: (onProgress: (done: number) => void) => Promise<T>): Promise<T> {
  using progress = openProgress({ errors, clock });
  const start = clock();
  progress.say(`${what}, ${count} in all`);
  return await work((done) => progress.say(`${what} ${done} of ${count}, ${durationText((((clock() - start) / done) * (count - done)) / 1000)} left`));
}
