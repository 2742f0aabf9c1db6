/** One thing of the world under its column names: `{ do: 'swim', doing: 'swimming', tip: 'kick your feet' }`. */
export type Row = Readonly<Record<string, string>>;

export interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  /** Relative chance of each row; equal chances when absent. */
  readonly weights?: readonly number[];
}

/** A table of one column. `list` is cut at commas. */
export function words(name: string, list: string): Table {
  return { name, columns: [name], rows: list.split(',').map((word) => ({ [name]: word.trim() })) };
}

/**
 * A table of several columns. Each line is cut at slashes; the first column identifies the row.
 *
 * @throws RangeError when a line has too few or too many cells.
 */
export function records(name: string, columns: readonly string[], lines: readonly string[]): Table {
  const rows = lines.map((line) => {
    const cells = line.split('/').map((cell) => cell.trim());
    if (cells.length !== columns.length) throw new RangeError(`table ${name}, line "${line}": expected ${columns.length} cells; got ${cells.length}`);
    return Object.fromEntries(columns.map((column, index) => [column, cells[index]!]));
  });
  return { name, columns, rows };
}

/**
 * What a slot of a sentence may stand for. A role is filled by one row of each of its facets, independently, except
 * that rows of two facets must agree in the columns that both have (a girl has a name that goes with *she*).
 */
export interface Role {
  readonly facets: readonly Table[];
  /** Columns that `{role.form}` writes, one after the other. The form `''` is what `{role}` writes. */
  readonly forms: Readonly<Record<string, readonly string[]>>;
  /** People have pronouns; only they can be referred to by one. */
  readonly person: boolean;
}

/** Who and what stands in each role: role, facet, row. */
export type CastRows = ReadonlyMap<string, ReadonlyMap<Table, Row>>;

export const pronounColumns: readonly string[] = ['he', 'him', 'his', 'himself'];

/** True when the rows say the same in every column that both have. */
export function agree(one: Row, other: Row): boolean {
  return Object.entries(one).every(([column, value]) => (other[column] ?? value) === value);
}
