import { PalimpsestError } from '@palimpsest/backbone';
import { Option } from 'commander';
import type { Command } from 'commander';
import { checkingInput } from './failure.js';

/** What was given on the command line, by option. */
export type Given = Readonly<Record<string, unknown>>;

export interface AnyOption {
  /** As it is written: `--top-k`. */
  readonly flag: string;
  readonly addTo: (command: Command) => void;
  readonly read: (given: Given) => unknown;
}

/** An option that is there or not. */
export interface SwitchOption extends AnyOption {
  readonly read: (given: Given) => boolean | undefined;
  /** As if it had been given with this value. */
  readonly give: (given: Given, value: boolean) => Given;
}

/** An option with the type of its value. */
export interface CommandOption<Value> extends AnyOption {
  readonly read: (given: Given) => Value | undefined;
  /** As if it had been given with this value. */
  readonly give: (given: Given, value: Value) => Given;
  /** The same with a value as it is written. @throws InputError when it is not what the option takes. */
  readonly giveText: (given: Given, text: string) => Given;
}

type Parse<Value> = (text: string, refuse: (expected: string, hint?: string) => never) => Value;

/** `flags` as commander takes them: `--seed <number>`. */
export function commandOption<Value>(flags: string, description: string, parse: Parse<Value>): CommandOption<Value> {
  const option = new Option(flags);
  const flag = option.long ?? flags;
  const key = option.attributeName();
  const read = (text: string): Value => checkingInput(() => parse(text, (expected, hint) => {
    throw new PalimpsestError({ where: flag, expected, got: JSON.stringify(text), ...(hint !== undefined && { hint }) });
  }));
  return {
    flag,
    addTo: (command) => void command.addOption(new Option(flags, description).argParser(read)),
    read: (given) => given[key] as Value | undefined, // commander keeps what `read` gave it
    give: (given, value) => ({ ...given, [key]: value }),
    giveText: (given, text) => ({ ...given, [key]: read(text) }),
  };
}

export function switchOption(flags: string, description: string): SwitchOption {
  const option = new Option(flags);
  const key = option.attributeName();
  return {
    flag: option.long ?? flags,
    addTo: (command) => void command.addOption(new Option(flags, description)),
    read: (given) => given[key] as boolean | undefined, // commander's value for an option without argument
    give: (given, value) => ({ ...given, [key]: value }),
  };
}

const asNumber = (text: string): number => (text.trim() === '' ? NaN : Number(text));

export const textOption = (flags: string, description: string): CommandOption<string> => commandOption(flags, description, (text) => text);

export const integerOption = (flags: string, description: string, minimum: number): CommandOption<number> =>
  commandOption(flags, description, (text, refuse) => {
    const value = asNumber(text);
    return Number.isSafeInteger(value) && value >= minimum ? value : refuse(`a whole number of at least ${minimum}`);
  });

export const numberOption = (flags: string, description: string, expected: string, fits: (value: number) => boolean): CommandOption<number> =>
  commandOption(flags, description, (text, refuse) => {
    const value = asNumber(text);
    return Number.isFinite(value) && fits(value) ? value : refuse(expected);
  });

/** One of some names; another one is answered with the nearest. */
export function choiceOption<Name extends string>(flags: string, description: string, names: readonly Name[]): CommandOption<Name> {
  return commandOption(flags, description, (text, refuse) => names.find((name) => name === text) ?? refuse(`one of ${names.join(', ')}`));
}
