interface TokenizerErrorFields {
  readonly where: string;
  readonly expected: string;
  readonly got: string;
  readonly hint?: string;
  readonly cause?: unknown;
}

/** A failure that says where, what was expected, what came, and what to try: as fields and as a sentence. */
export class TokenizerError extends Error {
  readonly where: string;
  readonly expected: string;
  readonly got: string;
  readonly hint: string | undefined;

  constructor({ where, expected, got, hint, cause }: TokenizerErrorFields) {
    const sentence = `${where}: expected ${expected}; got ${got}.`;
    super(hint === undefined ? sentence : `${sentence} ${hint}`, cause === undefined ? undefined : { cause });
    this.name = 'TokenizerError';
    this.where = where;
    this.expected = expected;
    this.got = got;
    this.hint = hint;
  }
}

export const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
