import { PalimpsestError, similarName } from '@palimpsest/backbone';

/** A failure as fields: what the errors of all our packages share. */
export interface Failure {
  readonly where: string;
  readonly expected: string;
  readonly got: string;
  readonly hint?: string;
}

/** What was asked for cannot be done as it was asked: exit code 2. Its cause says why. */
export class InputError extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'InputError';
  }
}

export const refusal = (fields: Failure): InputError => new InputError(new PalimpsestError(fields));

/** A hint where a name was nearly written. */
export function didYouMean(name: string, names: readonly string[]): string | undefined {
  const near = similarName(name, names);
  return near === undefined ? undefined : `Did you mean ${near}?`;
}

/** Does what only reads and checks what was asked for: our errors from it are the input's fault. */
export function checkingInput<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asInput(error);
  }
}

/** As `checkingInput`, for what takes time. */
export const checkingInputOf = <T>(work: Promise<T>): Promise<T> => work.catch((error: unknown) => {
  throw asInput(error);
});

const asInput = (error: unknown): unknown => (isFailure(error) ? new InputError(error) : error);

export function failureOf(error: unknown): Failure {
  const told = error instanceof InputError ? error.cause : error;
  if (isFailure(told)) {
    const { where, expected, got, hint } = told;
    return { where, expected, got, ...(hint !== undefined && { hint }) };
  }
  return { where: 'palimpsest', expected: 'no error', got: told instanceof Error ? told.message : String(told), hint: 'Run again with --debug to see where it happened.' };
}

export const sentenceOf = ({ where, expected, got, hint }: Failure): string => `${where}: expected ${expected}; got ${got}.${hint === undefined ? '' : ` ${hint}`}`;

function isFailure(error: unknown): error is Failure & Error {
  return error instanceof Error && 'where' in error && typeof error.where === 'string' && 'expected' in error && typeof error.expected === 'string'
    && 'got' in error && typeof error.got === 'string' && (!('hint' in error) || error.hint === undefined || typeof error.hint === 'string');
}
