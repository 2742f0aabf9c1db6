import { setMaxListeners } from 'node:events';
import { runPalimpsest } from '@palimpsest/cli';
import type { Surroundings } from '@palimpsest/cli';
import { screenModel } from './screen-model.js';
import type { ScreenModel } from './screen-model.js';

/** One listener for each text that is being written. */
function signalForMany(): AbortSignal {
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  return signal;
}

export interface Outcome {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** Runs a command line in this process, as if into pipes. */
export async function palimpsest(words: readonly string[], change: Partial<Surroundings> = {}): Promise<Outcome> {
  let output = '';
  let errors = '';
  const code = await runPalimpsest(words, {
    output: { write: (text) => void (output += text) },
    errors: { write: (text) => void (errors += text) },
    clock: () => performance.now(), signal: signalForMany(), drawSeed: () => 4321, processors: 1,
    ...change,
  });
  return { code, output, errors };
}

/** Runs a command line in this process as if on a terminal, every picture drawn: its clock moves by a second at each look. */
export async function palimpsestOnScreen(words: readonly string[], columns: number, rows: number, change: Partial<Surroundings> = {}): Promise<{ readonly code: number; readonly screen: ScreenModel; readonly frames: readonly (readonly string[])[] }> {
  const screen = screenModel(columns, rows);
  const frames: (readonly string[])[] = [];
  let seconds = 0;
  const out = {
    write: (text: string) => {
      screen.write(text);
      frames.push(screen.lines());
    },
    screen,
  };
  const code = await runPalimpsest(words, { output: out, errors: out, clock: () => 1000 * seconds++, signal: signalForMany(), drawSeed: () => 4321, processors: 1, ...change });
  return { code, screen, frames };
}

export const jsonLines = (text: string): readonly Readonly<Record<string, unknown>>[] =>
  text.trimEnd().split('\n').map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
