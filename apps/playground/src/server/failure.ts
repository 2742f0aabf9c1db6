import type { Failure } from '../protocol/event.js';

/** The fields of an error of any package of ours; another error becomes its message. */
export function failureOf(error: unknown, where: string): Failure {
  if (isFailure(error)) {
    const { where, expected, got, hint } = error;
    return { where, expected, got, ...(hint !== undefined && { hint }) };
  }
  return { where, expected: 'no error', got: error instanceof Error ? error.message : String(error) };
}

/** Each package has its own error class; the four fields are what they share. */
export function isFailure(error: unknown): error is Failure & Error {
  return error instanceof Error && 'where' in error && typeof error.where === 'string'
    && 'expected' in error && typeof error.expected === 'string' && 'got' in error && typeof error.got === 'string'
    && (!('hint' in error) || error.hint === undefined || typeof error.hint === 'string');
}
