import type { Backbone, Context, Want } from './backbone.js';
import { PalimpsestError } from './error.js';

type Limits = Pick<Backbone, 'vocabulary' | 'maximumLength' | 'visibility'>;
type Committed = Pick<Context, 'length'>;

/**
 * What every backbone refuses, with the same words: no tokens, ids outside the vocabulary, more than the context holds,
 * rows that are not scored, a `top` or `targets` that does not fit. No rows at all are fine: the answer is empty.
 *
 * @throws PalimpsestError
 */
export function checkRequest(backbone: Limits, context: Committed, tokens: Int32Array, want: Want): void {
  const { vocabulary, maximumLength } = backbone;
  refuseUnless(tokens.length > 0, 'tokens', 'at least one token', 'none');
  checkIds('tokens', tokens, vocabulary.size);
  const length = context.length + tokens.length;
  const expected = `at most ${maximumLength} tokens in a context`;
  refuseUnless(length <= maximumLength, 'tokens', expected, `${context.length} committed and ${tokens.length} more`, 'Shorten the prompt or the answer.');
  for (const row of want.rows ?? []) {
    refuseUnless(row >= 0 && row < tokens.length, 'rows', `indices from 0 to ${tokens.length - 1} into the tokens of this request`, row);
  }
  if (want.give === 'top') {
    const fits = Number.isInteger(want.top) && want.top >= 1 && want.top <= vocabulary.size;
    refuseUnless(fits, 'top', `an integer from 1 to the vocabulary's size, ${vocabulary.size}`, want.top);
  }
  if (want.give === 'targets') {
    const rows = want.rows?.length ?? tokens.length;
    refuseUnless(want.targets.length === rows, 'targets', `one for each of the ${rows} wanted rows`, want.targets.length);
    checkIds('targets', want.targets, vocabulary.size);
  }
}

/**
 * As `checkRequest`, and the prefix must end where a block does: a committed token may not gain something to see later.
 *
 * @throws PalimpsestError
 */
export function checkAppend(backbone: Limits, context: Committed, tokens: Int32Array, want: Want): void {
  checkRequest(backbone, context, tokens, want);
  checkBoundary('append', backbone, context.length + tokens.length);
}

/** @throws PalimpsestError when `length` is beyond what is committed or inside a block. */
export function checkRewind(backbone: Limits, context: Committed, length: number): void {
  const fits = Number.isInteger(length) && length >= 0 && length <= context.length;
  refuseUnless(fits, 'rewind', `a length from 0 to the ${context.length} committed tokens`, length);
  checkBoundary('rewind', backbone, length);
}

/** @throws PalimpsestError when what was asked is already disposed. */
export function checkNotDisposed(what: 'backbone' | 'context', disposed: boolean): void {
  refuseUnless(!disposed, what, `a ${what} that is in use`, 'one that is disposed', 'Open another.');
}

function checkBoundary(where: string, { visibility }: Limits, length: number): void {
  const { blockSize, name } = visibility;
  const whole = blockSize === Infinity ? length === 0 : length % blockSize === 0;
  const hint = 'Score an unfinished block; append it when it is whole.';
  refuseUnless(whole, where, `a prefix of whole blocks of ${blockSize} under ${name} visibility`, `${length} tokens`, hint);
}

function checkIds(where: string, ids: Int32Array, size: number): void {
  const index = ids.findIndex((id) => id < 0 || id >= size);
  if (index >= 0) refuseUnless(false, where, `token ids from 0 to ${size - 1}`, `${ids[index]} at index ${index}`);
}

function refuseUnless(holds: boolean, where: string, expected: string, got: number | string, hint?: string): void {
  if (!holds) throw new PalimpsestError({ where, expected, got: String(got), ...(hint !== undefined && { hint }) });
}
