import type { RunEvent } from '../protocol/event.js';
import type { Lane } from './lane.js';
import type { Stage } from './stage.js';

/** A recorded comparison as a file: the event streams as they came. */
interface RunFile {
  readonly format: 'palimpsest-run';
  readonly version: 1;
  readonly order: string;
  readonly lanes: readonly { readonly lane: string; readonly events: readonly RunEvent[] }[];
}

export function runFile({ lanes, recordedOrder }: Stage): RunFile {
  const recorded = lanes.filter((lane: Lane) => lane.recording.value.events.length > 0);
  return {
    format: 'palimpsest-run',
    version: 1,
    order: recordedOrder.value ?? 'one by one',
    lanes: recorded.map(({ letter, recording }) => ({ lane: letter, events: recording.value.events })),
  };
}

export function download(name: string, value: unknown): void {
  const address = URL.createObjectURL(new Blob([JSON.stringify(value)], { type: 'application/json' }));
  const anchor = Object.assign(document.createElement('a'), { href: address, download: name });
  anchor.click();
  URL.revokeObjectURL(address);
}
