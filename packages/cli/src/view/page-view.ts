import type { Cell } from '../generation/page.js';
import { harmless } from './styled.js';
import type { Line, Span } from './styled.js';
import { wrap } from './wrap.js';

/** What stands in a cell that is still to be written. */
const openCell = ' ░░░';

/** From sure to doubtful: no colour, then blue, ochre and two oranges, told apart by colour-blind eyes; the last is underlined as well. */
const confidenceStyles: readonly { readonly from: number; readonly style: string }[] = [
  { from: 0.95, style: '' },
  { from: 0.75, style: '38;5;67' },
  { from: 0.5, style: '38;5;136' },
  { from: 0.25, style: '38;5;172' },
  { from: 0, style: '4;38;5;166' },
];
const styleOf = (confidence: number): string => confidenceStyles.find(({ from }) => confidence >= from)?.style ?? '';
const inverse = '7';

/** Cells as styled text: what was given bold, masks dim, what was written coloured by confidence, and inverted while it is new. */
export const spansOf = (cells: readonly Cell[]): readonly Span[] => cells.map(({ text, state, confidence, fresh }) => {
  switch (state) {
    case 'given': return { text: harmless(text), style: '1' };
    case 'open': return { text: openCell, style: '2' };
    case 'guess': return { text: harmless(text), style: '2;3' };
    case 'written': return { text: harmless(text), style: [styleOf(confidence), fresh ? inverse : ''].filter((part) => part !== '').join(';') };
  }
  return state satisfies never;
});

/** The page in lines of at most `columns`; of more than `rows` lines those around what is new, or else the last. */
export function layOutPage(cells: readonly Cell[], columns: number, rows: number = Infinity): readonly Line[] {
  const lines = wrap(spansOf(cells), columns);
  if (lines.length <= rows) return lines;
  const isNew = ({ style }: Span): boolean => style.endsWith(inverse) && (style === inverse || style.endsWith(`;${inverse}`));
  const focus = lines.findLastIndex((line) => line.some(isNew));
  const end = focus < 0 ? lines.length : Math.min(lines.length, focus + 1 + Math.floor(rows / 3));
  const start = Math.max(0, end - rows);
  return lines.slice(start, start + rows);
}

/** The page as text; open cells stay visible. */
export const textOfPage = (cells: readonly Cell[]): string => cells.map(({ state, text }) => (state === 'given' || state === 'written' ? text : openCell)).join('');
