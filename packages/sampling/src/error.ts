/** A failure that says where, what was expected, what came, and what to try: as fields and as a sentence. */
export class SamplingError extends Error {
  readonly where: string;
  readonly expected: string;
  readonly got: string;
  readonly hint: string | undefined;

  constructor(fields: { readonly where: string; readonly expected: string; readonly got: string; readonly hint?: string }) {
    const { where, expected, got, hint } = fields;
    super(`${where}: expected ${expected}; got ${got}.${hint === undefined ? '' : ` ${hint}`}`);
    this.name = 'SamplingError';
    this.where = where;
    this.expected = expected;
    this.got = got;
    this.hint = hint;
  }
}
