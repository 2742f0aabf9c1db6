import type { Command } from 'commander';
import { follow } from '../generation/follow.js';
import { openPage } from '../generation/page.js';
import { jsonView, liveView, textView } from '../generation/run-view.js';
import type { RunView } from '../generation/run-view.js';
import { modelOptions, noteIdlePlan, openNamed, prepareSession } from '../generation/session.js';
import type { Session } from '../generation/session.js';
import { usageText } from '../generation/usage-text.js';
import { checkOptions, wayOptions } from '../generation/ways/index.js';
import { integerOption, switchOption, textOption } from '../options.js';
import type { CommandOption, Given, SwitchOption } from '../options.js';
import type { Surroundings } from '../surroundings.js';
import { note } from '../view/note.js';
import { examples } from './examples.js';

const prompt = textOption('--prompt <text>', 'what the text begins with (default: nothing)');
export const seed: CommandOption<number> = integerOption('--seed <number>', 'the same seed gives the same text (default: another one each time)', 0);
export const json: SwitchOption = switchOption('--json', 'one event per line, for programs');

export function addGenerate(program: Command, surroundings: Surroundings): void {
  const command = program.command('generate')
    .summary('write a text')
    .description('Writes a text with a model, in the way that the model was made for: token by token from left to right, from a canvas of masks in any order, or block by block, each a small canvas behind the finished ones. Watch it in the terminal.')
    .argument('[model]', 'a name from "palimpsest models", or a model\'s folder (default: the first of those)');
  for (const option of [prompt, ...wayOptions, seed, ...modelOptions, json]) option.addTo(command);
  command.addHelpText('after', examples([
    ['palimpsest generate storybook-ar --prompt "Once upon a time, a small fox"', 'go on from an opening'],
    ['palimpsest generate storybook-mdlm --steps 32', 'four tokens to a forward pass'],
    ['palimpsest generate storybook-mdlm --policy confidence-threshold=0.9', 'as many at once as are sure'],
    ['palimpsest generate storybook-bd-16', 'block by block'],
    ['palimpsest generate --seed 7 --json > run.jsonl', 'record a run, event by event'],
  ])).action((model: string | undefined, given: Given) => generate(model, given, surroundings));
}

async function generate(name: string | undefined, given: Given, surroundings: Surroundings): Promise<void> {
  await using model = await openNamed(name, given, surroundings);
  const chosenSeed = seed.read(given) ?? surroundings.drawSeed();
  const session = prepareSession(model, { prompt: prompt.read(given) ?? '', given, seed: chosenSeed }, surroundings);
  checkOptions(given, [session.way]);
  noteIdlePlan(session, given, surroundings);
  const asJson = json.read(given) === true;
  using view = asJson ? jsonView(surroundings.output, session, chosenSeed) : readableView(surroundings, session);
  const result = await follow(session.begin(), view.show);
  view.finish(result);
  if (!asJson) note(surroundings.errors, `${session.model}, seed ${chosenSeed}: ${usageText(result)}`);
}

function readableView({ output, clock }: Surroundings, session: Session): RunView {
  const page = openPage(session);
  return output.screen === undefined ? textView(output, session, page) : liveView(output, output.screen, clock, session, page);
}
