import type { Clock, GenerationEvent, Vocabulary } from '@palimpsest/backbone';
import { durationText, short } from '../view/amounts.js';

/** What has been done so far, in a line. */
export interface Tally {
  readonly count: (event: GenerationEvent) => void;
  readonly text: () => string;
}

/** Tokens that only fill a row behind its text are not counted. */
export function openTally(clock: Clock, { end, pad }: Vocabulary): Tally {
  const start = clock();
  const written = new Set<number>(); // positions
  let passes = 0;
  return {
    count: (event) => {
      if (event.type === 'tokens-commit') event.positions.forEach((position, index) => event.ids[index] !== end && event.ids[index] !== pad && written.add(position));
      if (event.type === 'tokens-revoke') event.positions.forEach((position) => written.delete(position));
      if ('pass' in event) passes = event.pass;
    },
    text: () => {
      const seconds = Math.max(1e-3, (clock() - start) / 1000);
      return `${written.size} tokens · ${passes} passes · ${short(written.size / seconds)} tokens/s · ${durationText(seconds)}`;
    },
  };
}
