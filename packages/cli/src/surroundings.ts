import type { Clock } from '@palimpsest/backbone';

/** What a command has of the world. The process gives its own; a test gives what it likes. */
export interface Surroundings {
  /** For results. */
  readonly output: Output;
  /** For errors, progress and costs, so that results can be piped. */
  readonly errors: Output;
  readonly clock: Clock;
  /** Aborts when the person wants to stop. */
  readonly signal: AbortSignal;
  /** A seed for a run that was not given one. */
  readonly drawSeed: () => number;
  readonly processors: number;
}

export interface Output {
  readonly write: (text: string) => void;
  /** Present on a terminal whose lines may be rewritten and coloured. */
  readonly screen?: Screen;
}

/** Sizes in characters; they may change while a command runs. */
export interface Screen {
  readonly columns: () => number;
  readonly rows: () => number;
}
