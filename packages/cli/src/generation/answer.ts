import type { GenerationResult } from '@palimpsest/backbone';
import type { Cell } from './page.js';

/** The page as it is left: what follows the answer is cut off; of an interrupted run all stays that was written, gaps between. */
export function answerCells(cells: readonly Cell[], promptLength: number, { ids, reason }: GenerationResult): readonly Cell[] {
  const end = reason === 'aborted' ? cells.findLastIndex(({ state }) => state === 'given' || state === 'written') + 1 : promptLength + ids.length;
  return cells.slice(0, end).map((cell) => ({ ...cell, fresh: false, ...(cell.state === 'guess' && { state: 'open' }) }));
}
