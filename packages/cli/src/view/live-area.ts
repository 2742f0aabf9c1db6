import type { Output, Screen } from '../surroundings.js';
import { columnsOfLine, paint } from './styled.js';
import type { Line } from './styled.js';

/** Lines at the bottom of what was printed that are written again and again. */
export interface LiveArea {
  /** At most one line less than the screen has rows. */
  readonly show: (lines: readonly Line[]) => void;
  /** Prints lines that stay, above those that change. */
  readonly printAbove: (lines: readonly Line[]) => void;
  /** Leaves these lines for good, and the cursor below them. No lines leave nothing. Nothing is shown afterwards. */
  readonly end: (lines: readonly Line[]) => void;
}

const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';
const clearToLineEnd = '\u001b[K';
const clearBelow = '\u001b[J';

export function openLiveArea({ write }: Output, { columns }: Screen): LiveArea {
  let shown: readonly Line[] = [];
  let begun = false;
  let ended = false;
  const replaceBy = (lines: readonly Line[]): string => {
    const change = repaint(shown, lines, columns());
    shown = lines;
    return change;
  };
  return {
    show: (lines) => {
      if (ended) return;
      write(`${begun ? '' : hideCursor}${replaceBy(lines)}`);
      begun = true;
    },
    printAbove: (lines) => {
      const after = shown;
      const erased = repaint(shown, [], columns());
      shown = [];
      write(`${erased}${lines.map((line) => `${paint(line)}\r\n`).join('')}${replaceBy(after)}`);
    },
    end: (lines) => {
      if (ended) return;
      ended = true;
      write(`${replaceBy(lines)}${lines.length > 0 ? '\r\n' : ''}${showCursor}`);
    },
  };
}

/**
 * What a terminal must be sent so that it shows `after` where it shows `before`. The cursor stands behind the last line before and
 * after. Lines that stay as they are at the top are left alone; `columns` may have changed since, so that lines of before now take more rows.
 */
export function repaint(before: readonly Line[], after: readonly Line[], columns: number): string {
  const same = commonLines(before, after);
  if (same === before.length && same === after.length) return '';
  const grown = same === before.length && same > 0;
  const rowsUp = before.slice(same).reduce((sum, line) => sum + rowsOf(line, columns), 0) - 1;
  const start = grown ? '\r\n' : `\r${rowsUp > 0 ? `\u001b[${rowsUp}A` : ''}`;
  const fresh = after.slice(same);
  const last = after[same - 1];
  // nothing follows what stays: the cursor goes back behind the last line
  if (fresh.length === 0) return `${start}${clearBelow}${last === undefined ? '' : `\u001b[${rowsOf(last, columns)}A\r${paint(last)}`}`;
  return `${start}${fresh.map((line) => `${paint(line)}${clearToLineEnd}`).join('\r\n')}${clearBelow}`;
}

const rowsOf = (line: Line, columns: number): number => Math.max(1, Math.ceil(columnsOfLine(line) / columns));

function commonLines(before: readonly Line[], after: readonly Line[]): number {
  const differs = before.findIndex((line, index) => index >= after.length || paint(line) !== paint(after[index]!));
  return differs < 0 ? before.length : differs;
}

/** Columns that lines may take: the last one stays free, since terminals differ in what they do behind it. */
export const usableColumns = (screen: Screen): number => Math.max(20, screen.columns() - 1);
