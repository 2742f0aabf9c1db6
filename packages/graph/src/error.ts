/** A graph that cannot be built, differentiated, evaluated or written; says where, what was expected, what came, what to try. */
export class GraphError extends Error {
  readonly where: string;
  readonly expected: string;
  readonly got: string;
  readonly hint: string | undefined;

  constructor(fields: { readonly where: string; readonly expected: string; readonly got: string; readonly hint?: string }) {
    super(`${fields.where}: expected ${fields.expected}; got ${fields.got}.${fields.hint === undefined ? '' : ` ${fields.hint}`}`);
    this.name = 'GraphError';
    this.where = fields.where;
    this.expected = fields.expected;
    this.got = fields.got;
    this.hint = fields.hint;
  }
}
