import type { RunEvent } from '../protocol/event.js';
import { failureOf } from './failure.js';

/**
 * Sends `first`, then the rest of `events`, as Server-Sent Events. The generation is drawn as fast as it comes and never
 * waits for the network, so a slow reader does not change the times that are measured; what waits is sent together.
 *
 * @param drained called once the generation is over, read or not.
 */
export async function relay(
  first: RunEvent,
  events: AsyncGenerator<RunEvent, void, void>,
  { write, drained }: { readonly write: (text: string) => Promise<unknown>; readonly drained: () => void },
): Promise<void> {
  let waiting: RunEvent[] = [first];
  let over = false;
  let wake = (): void => {};

  const draw = async (): Promise<void> => {
    let last = first;
    try {
      for await (const event of events) {
        waiting.push((last = event));
        wake();
      }
    } catch (error) {
      waiting.push({ type: 'error', ...failureOf(error, 'generation'), at: last.at, meter: last.meter });
    } finally {
      over = true;
      drained();
      wake();
    }
  };

  const drawing = draw();
  let sent = 0;
  while (!over || waiting.length > 0) {
    if (waiting.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    const batch = waiting;
    waiting = [];
    await write(batch.map((event) => serverSent(event, sent++)).join(''));
  }
  await drawing;
}

function serverSent(event: RunEvent, id: number): string {
  return `event: ${event.type}\nid: ${id}\ndata: ${JSON.stringify(event)}\n\n`;
}
