import type { Backbone, Clock, Generation, Range } from '@palimpsest/backbone';
import type { Likelihood } from '@palimpsest/evaluation';
import { integerOption } from '../../options.js';
import type { AnyOption, CommandOption, Given } from '../../options.js';

/** A way of generating as the command offers it. */
export interface Way {
  readonly name: string;
  readonly runsOn: (backbone: Capabilities) => boolean;
  /** Those of the command's options that it reads. */
  readonly options: readonly AnyOption[];
  /** Present where the number of forward passes can be chosen. */
  readonly steps?: CommandOption<number>;
  /** What makes that number idle, where something does: a policy that writes what is sure, by its name. */
  readonly planIgnoredBy?: (given: Given) => string | undefined;
  /** @throws PalimpsestError or SamplingError when what was given does not fit the backbone. */
  readonly begin: (start: Start) => Begun;
  /** How probable it finds texts, of which the first token is given. */
  readonly likelihood: (trial: Trial) => Promise<Likelihood>;
  /** Present where `likelihood` is a bound over all orders of writing: how probable it finds them written from the left, one token to a pass. */
  readonly leftToRight?: (trial: Trial) => Promise<Likelihood>;
}

export type Capabilities = Pick<Backbone, 'visibility' | 'prediction' | 'vocabulary'>;

export interface Start {
  readonly backbone: Backbone;
  readonly prompt: Int32Array;
  readonly given: Given;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

export interface Trial {
  readonly backbone: Backbone;
  readonly texts: readonly TrialText[];
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onProgress: (texts: number) => void;
}

/** A row as in training. */
export interface TrialText {
  /** Filled up behind the text. */
  readonly tokens: Int32Array;
  /** Of the text. */
  readonly length: number;
}

export interface Begun {
  readonly generation: Generation;
  /** Positions that lie open from the first moment; an empty range where the page grows as it is written. */
  readonly canvas: Range;
}

export const tokens: CommandOption<number> = integerOption('--tokens <count>', 'tokens to write, at most (default: up to 128 with the prompt, at least 32)', 1);

/** The models trained here saw texts of 128 tokens. Where a multiple is asked for and nothing else, it is one, if the context has room. */
export function tokensToWrite(given: Given, { maximumLength, vocabulary }: Backbone, prompt: Int32Array, multiple = 1): number {
  const text = prompt[0] === vocabulary.begin ? prompt.length - 1 : prompt.length;
  const room = maximumLength - prompt.length;
  const wished = Math.ceil(Math.max(32, 128 - text) / multiple) * multiple;
  return tokens.read(given) ?? Math.max(1, wished <= room ? wished : Math.floor(room / multiple) * multiple);
}
