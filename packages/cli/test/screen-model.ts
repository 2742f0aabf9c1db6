/** A terminal as far as our output goes: printable characters of one column, carriage return, newline, and the sequences that we send. */
export interface ScreenModel {
  readonly write: (text: string) => void;
  readonly columns: () => number;
  readonly rows: () => number;
  /** Everything that was ever on the screen and still stands: what scrolled away, then the rows. */
  readonly lines: () => readonly string[];
  readonly cursorVisible: () => boolean;
}

export function screenModel(columns: number, rows: number): ScreenModel {
  const scrolled: string[][] = [];
  let grid: string[][] = Array.from({ length: rows }, () => []);
  let row = 0;
  let column = 0;
  let visible = true;

  const newline = (): void => {
    if (row < rows - 1) row++;
    else {
      scrolled.push(grid[0]!);
      grid = [...grid.slice(1), []];
    }
  };
  const put = (character: string): void => {
    if (column === columns) {
      column = 0;
      newline();
    }
    const line = grid[row]!;
    while (line.length < column) line.push(' ');
    line[column++] = character;
  };
  const obey = (parameters: string, command: string): void => {
    if (command === 'K') grid[row]!.length = Math.min(grid[row]!.length, column);
    else if (command === 'J') {
      grid[row]!.length = Math.min(grid[row]!.length, column);
      for (let below = row + 1; below < rows; below++) grid[below] = [];
    } else if (command === 'A') row = Math.max(0, row - Number(parameters || 1));
    else if (parameters === '?25') visible = command === 'h';
    else if (command !== 'm') throw new Error(`The screen does not know the sequence ${JSON.stringify(parameters + command)}.`);
  };
  return {
    write: (text) => {
      for (const [, parameters, command, character] of text.matchAll(/\u001b\[([?\d;]*)([A-Za-z])|([^])/gu)) {
        if (command !== undefined) obey(parameters!, command);
        else if (character === '\r') column = 0;
        else if (character === '\n') {
          newline();
          column = 0; // as a terminal's driver has it
        } else if (character! < ' ' || character === '\u007f') throw new Error(`The screen got the control character ${JSON.stringify(character)}.`);
        else put(character!);
      }
    },
    columns: () => columns,
    rows: () => rows,
    lines: () => {
      const all = [...scrolled, ...grid].map((line) => line.join('').trimEnd());
      return all.slice(0, all.findLastIndex((line) => line !== '') + 1);
    },
    cursorVisible: () => visible,
  };
}
