import { columnsOf } from './styled.js';

export type Side = 'left' | 'right';

/** Rows as lines of text with their columns below each other, two spaces between. */
export function table(rows: readonly (readonly string[])[], sides: readonly Side[]): readonly string[] {
  const widths = sides.map((_, column) => Math.max(...rows.map((row) => columnsOf(row[column] ?? ''))));
  const aligned = (text: string, column: number): string => {
    const space = ' '.repeat(widths[column]! - columnsOf(text));
    return sides[column] === 'right' ? `${space}${text}` : `${text}${space}`;
  };
  return rows.map((row) => row.map(aligned).join('  ').trimEnd());
}
