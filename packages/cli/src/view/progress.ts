import type { Surroundings } from '../surroundings.js';
import { openLiveArea, usableColumns } from './live-area.js';
import { paced } from './paced.js';
import { dim } from './styled.js';
import { wrap } from './wrap.js';

/** How far something is that takes a while: one line that changes, on a terminal; nothing elsewhere. */
export interface Progress extends Disposable {
  readonly say: (text: string) => void;
}

export function openProgress({ errors, clock }: Pick<Surroundings, 'errors' | 'clock'>): Progress {
  const { screen } = errors;
  if (screen === undefined) return { say: () => undefined, [Symbol.dispose]: () => undefined };
  const area = openLiveArea(errors, screen);
  let latest = '';
  const draw = paced(clock, () => area.show(wrap([dim(latest)], usableColumns(screen)).slice(0, 1)));
  return {
    say: (text) => {
      latest = text;
      draw();
    },
    [Symbol.dispose]: () => area.end([]),
  };
}
