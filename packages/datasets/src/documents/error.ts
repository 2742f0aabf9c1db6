/** A failure that says where, what was expected, what came, and what to try: as fields and as a sentence. */
export class DatasetError extends Error {
  readonly where: string;
  readonly expected: string;
  readonly got: string;
  readonly hint: string | undefined;

  constructor(fields: { readonly where: string; readonly expected: string; readonly got: string; readonly hint?: string }) {
    const { where, expected, got, hint } = fields;
    super(`${where}: expected ${expected}; got ${got}.${hint === undefined ? '' : ` ${hint}`}`);
    this.name = 'DatasetError';
    this.where = where;
    this.expected = expected;
    this.got = got;
    this.hint = hint;
  }
}

export function checkIndex(where: string, index: number, count: number): void {
  if (Number.isInteger(index) && index >= 0 && index < count) return;
  throw new DatasetError({ where, expected: `a document's number from 0 to ${count - 1}`, got: String(index) });
}
