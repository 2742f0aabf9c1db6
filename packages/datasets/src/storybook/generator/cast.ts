import { agree, type CastRows, type Role, type Row, type Table } from '../grammar/table.js';
import type { Choices } from './choices.js';

/** Who and what stands in the roles of one story, chosen when first mentioned. */
export interface Cast {
  row(role: string, facet: Table): Row;
  /** Undefined while the role has no name yet. */
  pronounOf(role: string): string | undefined;
}

/** @param given who and what stands there already. */
export function castRoles(choices: Choices, roles: Readonly<Record<string, Role>>, given: CastRows = new Map()): Cast {
  const chosen = new Map([...given].map(([role, rows]) => [role, new Map(rows)]));
  const rowsOf = (role: string): Map<Table, Row> => {
    const rows = chosen.get(role) ?? new Map<Table, Row>();
    chosen.set(role, rows);
    return rows;
  };
  const choose = (role: string, facet: Table): Row => {
    const own = [...rowsOf(role).values()];
    const taken = new Set([...chosen.values()].map((rows) => rows.get(facet)));
    const free: number[] = [];
    facet.rows.forEach((row, index) => {
      if (!taken.has(row) && own.every((other) => agree(row, other))) free.push(index);
    });
    return drawRow(facet, free, choices);
  };
  const row = (role: string, facet: Table): Row => {
    const known = rowsOf(role).get(facet);
    if (known !== undefined) return known;
    // The first facet decides whom the others must agree with: the name before the kind, whichever is written first.
    const first = roles[role]?.facets[0];
    if (first !== undefined && first !== facet) row(role, first);
    const fresh = choose(role, facet);
    rowsOf(role).set(facet, fresh);
    return fresh;
  };
  return { row, pronounOf: (role) => [...(chosen.get(role)?.values() ?? [])].find(({ he }) => he !== undefined)?.he };
}

/** One of the rows with the given indices, by the facet's weights. */
export function drawRow({ rows, weights }: Table, free: readonly number[], choices: Choices): Row {
  const index = weights === undefined ? choices.pick(free) : choices.pickWeighted(free, free.map((candidate) => weights[candidate]!));
  return rows[index]!;
}
