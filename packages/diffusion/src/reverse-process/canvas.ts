import type { Range } from '@palimpsest/backbone';

/**
 * A text being written. Which cells are open is kept apart from "holds the mask id": a prompt may contain that id.
 */
export interface Canvas {
  readonly tokens: Int32Array; // prompt, canvas, suffix; the mask id in open cells
  readonly state: Uint8Array; // as tokens, one of the three below
  /** Of a revealed cell: what the model gave its token when it was committed. */
  readonly committedProbability: Float64Array; // as tokens
  readonly range: Range;
  readonly mask: number;
}

/** Prompt, suffix and cells filled in advance: never changed. */
export const FIXED = 0;
export const OPEN = 1;
/** Filled by the reverse process. */
export const REVEALED = 2;

/** Positions of the range in that state, ascending. */
export function positionsIn({ state }: Canvas, wanted: number, { start, end }: Range): Int32Array {
  const found = new Int32Array(end - start);
  let count = 0;
  for (let position = start; position < end; position++) {
    if (state[position] === wanted) found[count++] = position;
  }
  return found.subarray(0, count);
}

export function reveal({ tokens, state, committedProbability }: Canvas, position: number, id: number, probability: number): void {
  tokens[position] = id;
  committedProbability[position] = probability;
  state[position] = REVEALED;
}

export function maskAgain({ tokens, state, mask }: Canvas, position: number): void {
  tokens[position] = mask;
  state[position] = OPEN;
}

export interface Answer {
  /** Up to the first end token or open cell. */
  readonly ids: Int32Array;
  /** Whether an end token follows them. */
  readonly ended: boolean;
}

export function answerOf({ tokens, state, range }: Canvas, end: number | undefined): Answer {
  let position = range.start;
  while (position < range.end && state[position] !== OPEN && tokens[position] !== end) position++;
  return { ids: tokens.slice(range.start, position), ended: position < range.end && state[position] !== OPEN };
}
