import type { FinishReason, Range, Usage } from '@palimpsest/backbone';
import type { Settings } from './control.js';

/** Body of `POST /api/generate`. */
export interface RunRequest {
  readonly model: string;
  readonly way: string;
  readonly prompt: string;
  readonly seed: number;
  readonly settings: Settings;
}

/** What stands in a cell; a token's text may change when a neighbour completes a character. */
export type CellText = readonly [position: number, text: string];

interface Stamp {
  /** Milliseconds since the generation began, by the server's clock. */
  readonly at: number;
  readonly meter: Meter;
}

/** Cost so far, counted where the sampler meets the backbone. */
export interface Meter {
  readonly forwardPasses: number;
  /** Token positions that went through the model, summed over passes. */
  readonly positionsComputed: number;
  /** Memory that the context's committed tokens hold now. */
  readonly stateBytes: number;
}

/**
 * The `GenerationEvent` stream of `@palimpsest/backbone` as JSON: arrays for typed arrays, a stamp on each event, and
 * the text of every cell whose text changed. It opens with `start` and closes with `finish` or `error`.
 */
export type RunEvent = StartEvent | BlockStartEvent | CommitEvent | RevokeEvent | DraftEvent | BlockEndEvent | FinishEvent | ErrorEvent;

export interface StartEvent extends Stamp {
  readonly type: 'start';
  readonly request: RunRequest;
  /** Positions that are laid out from the first moment, still to be written. */
  readonly canvas: Range;
  /** One text per prompt token, the begin token included. */
  readonly prompt: readonly string[];
  /** Ids that end an answer or fill what comes after the end. */
  readonly closing: readonly number[];
}
export interface BlockStartEvent extends Stamp {
  readonly type: 'block-start';
  readonly block: number;
  readonly range: Range;
}
export interface CommitEvent extends Stamp {
  readonly type: 'tokens-commit';
  readonly positions: readonly number[];
  readonly ids: readonly number[];
  readonly confidence: readonly number[];
  readonly pass: number;
  readonly texts: readonly CellText[];
}
export interface RevokeEvent extends Stamp {
  readonly type: 'tokens-revoke';
  readonly positions: readonly number[];
  readonly pass: number;
  readonly texts: readonly CellText[];
}
export interface DraftEvent extends Stamp {
  readonly type: 'draft';
  readonly positions: readonly number[];
  readonly ids: readonly number[];
  readonly entropy: readonly number[];
  readonly pass: number;
  /** One text per position. */
  readonly texts: readonly string[];
}
export interface BlockEndEvent extends Stamp {
  readonly type: 'block-end';
  readonly block: number;
}
export interface FinishEvent extends Stamp {
  readonly type: 'finish';
  readonly reason: FinishReason;
  readonly usage: Usage;
}
export interface ErrorEvent extends Stamp, Failure {
  readonly type: 'error';
}

/** A failure as fields; also the body of every answer that is not a success. */
export interface Failure {
  readonly where: string;
  readonly expected: string;
  readonly got: string;
  readonly hint?: string;
}

export function sentence({ where, expected, got, hint }: Failure): string {
  return `${where}: expected ${expected}; got ${got}.${hint === undefined ? '' : ` ${hint}`}`;
}
