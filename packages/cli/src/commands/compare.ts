import type { GenerationResult } from '@palimpsest/backbone';
import type { Command } from 'commander';
import { costRows } from '../comparison/cost-rows.js';
import { liveComparison, textComparison } from '../comparison/comparison-view.js';
import type { ComparisonView } from '../comparison/comparison-view.js';
import { follow } from '../generation/follow.js';
import { jsonLine } from '../generation/event-json.js';
import { jsonView } from '../generation/run-view.js';
import { modelOptions, noteIdlePlan, openNamed, prepareSession } from '../generation/session.js';
import type { Session } from '../generation/session.js';
import { checkOptions, wayOptions } from '../generation/ways/index.js';
import { integerOption, textOption } from '../options.js';
import type { Given } from '../options.js';
import type { Output, Surroundings } from '../surroundings.js';
import { table } from '../view/table.js';
import { note } from '../view/note.js';
import { examples } from './examples.js';
import { json, seed } from './generate.js';

const prompt = textOption('--prompt <text>', 'what both texts begin with (default: nothing)');
const rounds = integerOption('--rounds <count>', 'measure so many times, one model after the other in turn, and give medians (default: 1)', 1);

export type Pair<T> = readonly [T, T];

export function addCompare(program: Command, surroundings: Surroundings): void {
  const command = program.command('compare')
    .summary('two models on the same prompt')
    .description('Lets two models answer the same prompt with the same seed, one after the other, shows the texts side by side and what each one cost. Each model is warmed up first.')
    .argument('<model-a>', 'a name from "palimpsest models", or a model\'s folder')
    .argument('<model-b>', 'another one, or the same');
  for (const option of [prompt, ...wayOptions, seed, rounds, ...modelOptions, json]) option.addTo(command);
  command.addHelpText('after', examples([
    ['palimpsest compare storybook-ar storybook-mdlm --prompt "One sunny day"', 'two ways of writing'],
    ['palimpsest compare storybook-ar storybook-mdlm --steps 16 --rounds 5', 'an option counts for the model that knows it'],
  ])).action((a: string, b: string, given: Given) => compare([a, b], given, surroundings));
}

async function compare([nameA, nameB]: Pair<string>, given: Given, surroundings: Surroundings): Promise<void> {
  const { output, errors, clock } = surroundings;
  await using modelA = await openNamed(nameA, given, surroundings);
  await using modelB = await openNamed(nameB, given, surroundings);
  const chosenSeed = seed.read(given) ?? surroundings.drawSeed();
  const options = { prompt: prompt.read(given) ?? '', given, seed: chosenSeed };
  const sessions = [prepareSession(modelA, options, surroundings), prepareSession(modelB, options, surroundings)] as const;
  checkOptions(given, sessions.map(({ way }) => way));
  for (const session of sessions) noteIdlePlan(session, given, surroundings);
  for (const session of sessions) await warmUp(session);

  const asJson = json.read(given) === true;
  const results: Pair<GenerationResult[]> = [[], []];
  using view = asJson ? jsonComparison(output, sessions, chosenSeed) : output.screen === undefined ? textComparison(output, sessions) : liveComparison(output, output.screen, clock, sessions);
  for (let round = 0; round < (rounds.read(given) ?? 1) && !surroundings.signal.aborted; round++) {
    for (const [side, session] of sessions.entries()) {
      results[side]!.push(await follow(session.begin(), (event) => round === 0 && view.show(side, event)));
      if (round === 0) view.finish(side, results[side]![0]!);
    }
  }
  view.end();
  if (surroundings.signal.aborted) return;
  const rows = costRows(sessions, results);
  if (asJson) output.write(jsonLine({ type: 'comparison', seed: chosenSeed, sides: sessions.map(({ model, way }, side) => ({ model, way: way.name, rounds: results[side]!.map(({ usage }) => usage) })) }));
  else output.write(`${table(rows, ['left', 'right', 'right', 'right']).join('\n')}\n`);
  if (!asJson) note(errors, `seed ${chosenSeed}${results[0].length > 1 ? `; medians of ${results[0].length} rounds, lowest to highest in brackets` : ''}`);
}

/** Two commits: enough for every graph to be compiled and every buffer to be there. */
async function warmUp({ begin }: Session): Promise<void> {
  let commits = 0;
  for await (const event of begin()) if (event.type === 'tokens-commit' && ++commits === 2) break;
}

function jsonComparison(output: Output, sessions: Pair<Session>, chosenSeed: number): ComparisonView {
  const views = sessions.map((session, side) => jsonView(output, session, chosenSeed, { side: 'ab'[side] }));
  return {
    show: (side, event) => views[side]!.show(event),
    finish: (side, result) => views[side]!.finish(result),
    end: () => undefined,
    [Symbol.dispose]: () => undefined,
  };
}
