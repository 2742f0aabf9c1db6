import type { Clock } from '@palimpsest/backbone';

/** Milliseconds between two pictures. */
const frameTime = 33;

/** Calls `draw` when it is asked to, but at most thirty times a second. */
export function paced(clock: Clock, draw: () => void): () => void {
  let last = -Infinity;
  return () => {
    const now = clock();
    if (now - last < frameTime) return;
    last = now;
    draw();
  };
}
