import type { RunEvent } from '../protocol/event.js';
import { advance, blank, type Frame } from './frame.js';

/**
 * A run as it came, with the frame after every event. Frames share the cells that did not change, so keeping them all
 * costs an array of references each and any moment is found at once.
 */
export interface Recording {
  readonly events: readonly RunEvent[];
  /** One more than events: the first is the blank page. */
  readonly frames: readonly [Frame, ...Frame[]];
}

export const noRecording: Recording = { events: [], frames: [blank] };

export function record(recording: Recording, events: readonly RunEvent[]): Recording {
  const frames: [Frame, ...Frame[]] = [...recording.frames];
  let last = latest(recording);
  for (const event of events) {
    last = advance(last, event);
    frames.push(last);
  }
  return { events: [...recording.events, ...events], frames };
}

export function latest({ frames }: Recording): Frame {
  return frames.at(-1) ?? frames[0];
}

/** What the page showed `at` milliseconds into the run. */
export function frameAt(recording: Recording, at: number): Frame {
  return recording.frames[countUntil(recording.events, at)] ?? latest(recording);
}

/** How many events had happened `at` milliseconds into the run. */
export function countUntil(events: readonly RunEvent[], at: number): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle]?.at ?? Infinity) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Milliseconds that the run has lasted as far as it is recorded. */
export function duration({ events }: Recording): number {
  return events.at(-1)?.at ?? 0;
}

export function isComplete(recording: Recording): boolean {
  const { finish, failure } = latest(recording);
  return finish !== undefined || failure !== undefined;
}

/** Moments at which tokens appeared or went, in order, without repeats: the stops of the step scrubber. */
export function steps({ events }: Recording): readonly number[] {
  const moments: number[] = [0];
  for (const event of events) {
    const changesPage = event.type === 'tokens-commit' || event.type === 'tokens-revoke' || event.type === 'finish';
    if (changesPage && event.at !== moments.at(-1)) moments.push(event.at);
  }
  return moments;
}
