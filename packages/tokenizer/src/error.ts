/** A failure that says where, what was expected, what came, and what to try: as fields and as a sentence. */
export class TokenizerError extends Error {
  readonly where: string;
  readonly expected: string;
  readonly got: string;
  readonly hint: string | undefined;

  constructor(fields: { readonly where: string; readonly expected: string; readonly got: string; readonly hint?: string; readonly cause?: unknown }) {
    const { where, expected, got, hint, cause } = fields;
    super(`${where}: expected ${expected}; got ${got}.${hint === undefined ? '' : ` ${hint}`}`, cause === undefined ? undefined : { cause });
    this.name = 'TokenizerError';
    this.where = where;
    this.expected = expected;
    this.got = got;
    this.hint = hint;
  }
}
