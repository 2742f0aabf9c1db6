import { signal, type Signal } from '@preact/signals';
import type { Failure } from '../protocol/event.js';
import type { InnerLossReport } from '../protocol/inner-loss.js';
import { plainText } from '../recording/counters.js';
import { latest } from '../recording/recording.js';
import { readInnerLosses } from './client.js';
import { failureIn, type Lane } from './lane.js';

/** What is known of how a lane's model learns from the lane's text. */
export type Reading =
  | { readonly name: 'none' | 'reading' }
  | { readonly name: 'read'; readonly report: InnerLossReport }
  | { readonly name: 'failed'; readonly failure: Failure };

export interface Learning {
  readonly lane: Lane;
  readonly reading: Signal<Reading>;
  /** The mini-batch that is looked at. */
  readonly at: Signal<number>;
  /** Has the model read what stands on the lane's page, or the prompt where there is nothing yet. */
  read(): Promise<void>;
}

export function createLearning(lane: Lane, prompt: Signal<string>): Learning {
  const reading = signal<Reading>({ name: 'none' });
  const at = signal(0);
  return {
    lane, reading, at,
    read: async () => {
      reading.value = { name: 'reading' };
      try {
        const report = await readInnerLosses({ model: lane.model.value?.name ?? '', text: textOf(lane, prompt.value) });
        at.value = 0;
        reading.value = { name: 'read', report };
      } catch (error) {
        reading.value = { name: 'failed', failure: failureIn(error) };
      }
    },
  };
}

/** Up to the first position that is still to be written. */
function textOf({ recording }: Lane, prompt: string): string {
  const frame = latest(recording.value);
  const open = frame.cells.findIndex(({ state }) => state === 'open');
  return plainText({ ...frame, cells: open === -1 ? frame.cells : frame.cells.slice(0, open) }) || prompt;
}

/** Where a mini-batch begins and ends in the text, in tokens; the end is not in it. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export function spansOf(tokens: readonly number[]): readonly Span[] {
  let end = 0;
  return tokens.map((count) => ({ from: end, to: (end += count) }));
}
