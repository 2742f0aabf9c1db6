import { Command, CommanderError } from 'commander';
import { addCompare } from './commands/compare.js';

import { addEvaluate } from './commands/evaluate.js';
import { examples } from './commands/examples.js';
import { addGenerate } from './commands/generate.js';
import { addInspect } from './commands/inspect.js';
import { addMatrix } from './commands/matrix.js';
import { addModels } from './commands/models.js';
import { addTrain } from './commands/train.js';
import { didYouMean, failureOf, InputError, refusal, sentenceOf } from './failure.js';
import { jsonLine } from './generation/event-json.js';
import type { Surroundings } from './surroundings.js';
import { version } from './version.js';

export const exitCodes = { done: 0, failed: 1, badInput: 2, interrupted: 130 } as const;

/** To add a command, write its file and name it here. */
const commands: readonly ((program: Command, surroundings: Surroundings) => void)[] = [addGenerate, addCompare, addModels, addTrain, addEvaluate, addInspect, addMatrix];

/**
 * Runs one command line, given without the program's name. Errors are written, not thrown.
 * @returns the exit code: 0 done, 1 failed, 2 bad input, 130 interrupted.
 */
export async function runPalimpsest(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const { signal, errors } = surroundings;
  const program = createProgram(surroundings);
  try {
    await program.parseAsync(words, { from: 'user' });
    return signal.aborted ? exitCodes.interrupted : exitCodes.done;
  } catch (error) {
    if (signal.aborted && error === signal.reason) return exitCodes.interrupted;
    const told = error instanceof CommanderError ? wrongWords(error, program, words) : error;
    if (told === undefined) return exitCodes.done;
    const failure = failureOf(told);
    errors.write(words.includes('--json') ? jsonLine({ type: 'error', ...failure }) : `${sentenceOf(failure)}\n`);
    if (words.includes('--debug')) errors.write(`${stackOf(told)}\n`);
    return told instanceof InputError ? exitCodes.badInput : exitCodes.failed;
  }
}

function createProgram(surroundings: Surroundings): Command {
  const { output, errors } = surroundings;
  const program = new Command('palimpsest')
    .description('Small language models that write in three ways: token by token, by scraping masks off a page, or block by block. Train them, watch them, compare what they cost.')
    .version(version())
    .option('--debug', 'show where in the code an error happened')
    .exitOverride()
    .showSuggestionAfterError(false)
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false })
    .configureOutput({
      writeOut: output.write, writeErr: output.write, // help that nobody asked for is help all the same
      outputError: () => undefined, // thrown as well, and told in our own words
      getOutHelpWidth: () => helpWidth(output.screen?.columns()), getErrHelpWidth: () => helpWidth(errors.screen?.columns()),
    })
    .addHelpText('after', examples([
      ['palimpsest generate --prompt "Once upon a time"', 'write a story'],
      ['palimpsest compare storybook-ar storybook-mdlm --prompt "One sunny day"', 'two ways of writing, side by side'],
      ['palimpsest train --text notes.txt', 'train a small model on a text of yours, in minutes'],
    ]));
  program.helpCommand('help [command]', 'show help for a command');
  for (const add of commands) add(program, surroundings);
  return program;
}

const helpWidth = (columns = 100): number => Math.min(120, columns);

/** What commander found wrong with the words, in our form; undefined where it only showed help or the version. */
function wrongWords({ code, message }: CommanderError, program: Command, words: readonly string[]): InputError | undefined {
  if (code === 'commander.help' || code === 'commander.helpDisplayed' || code === 'commander.version') return undefined;
  const command = program.commands.find((each) => words.includes(each.name())) ?? program;
  const where = command === program ? 'palimpsest' : `palimpsest ${command.name()}`;
  const [, quoted = ''] = /'([^']*)'/.exec(message) ?? [];
  const help = `See ${where} --help.`;
  const near = (names: readonly string[]): string => [didYouMean(quoted, names), help].filter((said) => said !== undefined).join(' ');
  switch (code) {
    case 'commander.unknownCommand': return refusal({ where, expected: 'a command', got: quoted, hint: near(program.commands.map((each) => each.name())) });
    case 'commander.unknownOption': return refusal({ where, expected: 'an option that it has', got: quoted, hint: near(command.options.map(({ long }) => long ?? '')) });
    case 'commander.optionMissingArgument': return refusal({ where, expected: `a value for ${quoted}`, got: 'none', hint: help });
    case 'commander.missingArgument': return refusal({ where, expected: quoted.toUpperCase(), got: 'nothing', hint: help });
    default: return refusal({ where, expected: 'a command line that it understands', got: message.replace(/^error: /, '').replace(/\.$/, ''), hint: help });
  }
}

const stackOf = (error: unknown): string => {
  const told = error instanceof InputError ? error.cause : error;
  return told instanceof Error ? `${told.stack}${told.cause === undefined ? '' : `\nbecause of ${stackOf(told.cause)}`}` : String(told);
};
