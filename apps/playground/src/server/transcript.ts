import type { Clock, Generation, GenerationEvent } from '@palimpsest/backbone';
import type { Meter, RunEvent } from '../protocol/event.js';
import type { Sheet } from './cells.js';

interface Desk {
  readonly sheet: Sheet;
  readonly clock: Clock;
  readonly readMeter: () => Meter;
}

/**
 * The events of a generation as they go over the wire, each stamped at the moment it came. The next one is asked for
 * before this one is put into words, so that the model works meanwhile.
 */
export async function* transcribe(generation: Generation, { sheet, clock, readMeter }: Desk): AsyncGenerator<RunEvent, void, void> {
  const startedAt = clock();
  let coming = generation.next();
  for (let step = await coming; !step.done; step = await coming) {
    const stamp = { at: clock() - startedAt, meter: readMeter() };
    coming = generation.next();
    coming.catch(() => {}); // thrown where it is awaited, which may be a moment too late for Node
    yield { ...wireForm(step.value, sheet), ...stamp };
  }
}

type Unstamped<E> = E extends RunEvent ? Omit<E, 'at' | 'meter'> : never;

function wireForm(event: GenerationEvent, sheet: Sheet): Unstamped<RunEvent> {
  switch (event.type) {
    case 'tokens-commit': {
      const { positions, ids, confidence } = event;
      const texts = sheet.write(positions, ids);
      return { ...event, positions: [...positions], ids: [...ids], confidence: Array.from(confidence, shorten), texts };
    }
    case 'tokens-revoke':
      return { ...event, positions: [...event.positions], texts: sheet.scrape(event.positions) };
    case 'draft': {
      const { positions, ids, entropy } = event;
      return { ...event, positions: [...positions], ids: [...ids], entropy: Array.from(entropy, shorten), texts: sheet.guess(ids) };
    }
    case 'block-start':
    case 'block-end':
    case 'finish':
      return event;
  }
  return event satisfies never;
}

/** Six digits: a float32 has seven, and the page shows three. */
function shorten(value: number): number {
  return Number(value.toPrecision(6));
}
