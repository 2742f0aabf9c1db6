import type { Clock, GenerationEvent } from '@palimpsest/backbone';
import { durationText, short } from '../view/amounts.js';

/** What has been done so far, in a line. */
export interface Tally {
  readonly count: (event: GenerationEvent) => void;
  readonly text: () => string;
}

export function openTally(clock: Clock): Tally {
  const start = clock();
  let tokens = 0;
  let passes = 0;
  return {
    count: (event) => {
      if (event.type === 'tokens-commit') tokens += event.positions.length;
      if (event.type === 'tokens-revoke') tokens -= event.positions.length;
      if ('pass' in event) passes = event.pass;
    },
    text: () => {
      const seconds = Math.max(1e-3, (clock() - start) / 1000);
      return `${tokens} tokens · ${passes} passes · ${short(tokens / seconds)} tokens/s · ${durationText(seconds)}`;
    },
  };
}
