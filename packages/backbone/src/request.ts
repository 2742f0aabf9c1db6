import type { Backbone, Context, ContextOptions, Want, WantDraw } from './backbone.js';
import { PalimpsestError } from './error.js';

type Limits = Pick<Backbone, 'vocabulary' | 'maximumLength' | 'visibility'>;
type Committed = Pick<Context, 'length'> & { /** Of its blocks, as `blockShift` gives it; 0 when absent. */ readonly shift?: number };

/**
 * What every backbone refuses, with the same words: no tokens, ids outside the vocabulary, more than the context holds,
 * rows that are not scored, a `top`, `targets` or draw that does not fit. No rows at all are fine: the answer is empty.
 *
 * @throws PalimpsestError
 */
export function checkRequest(backbone: Limits, context: Committed, tokens: Int32Array, want: Want): void {
  const { maximumLength } = backbone;
  const length = context.length + tokens.length;
  const expected = `at most ${maximumLength} tokens in a context`;
  checkWant(backbone, tokens, want);
  refuseUnless(length <= maximumLength, 'tokens', expected, `${context.length} committed and ${tokens.length} more`, 'Shorten the prompt or the answer.');
}

/** What does not depend on where the tokens stand. */
function checkWant({ vocabulary }: Limits, tokens: Int32Array, want: Want): void {
  refuseUnless(tokens.length > 0, 'tokens', 'at least one token', 'none');
  checkIds('tokens', tokens, vocabulary.size);
  for (const row of want.rows ?? []) {
    refuseUnless(row >= 0 && row < tokens.length, 'rows', `indices from 0 to ${tokens.length - 1} into the tokens of this request`, row);
  }
  if (want.give === 'top') {
    const fits = Number.isInteger(want.top) && want.top >= 1 && want.top <= vocabulary.size;
    refuseUnless(fits, 'top', `an integer from 1 to the vocabulary's size, ${vocabulary.size}`, want.top);
  }
  const rows = want.rows?.length ?? tokens.length;
  if (want.give === 'targets') {
    refuseUnless(want.targets.length === rows, 'targets', `one for each of the ${rows} wanted rows`, want.targets.length);
    checkIds('targets', want.targets, vocabulary.size);
  }
  if (want.give === 'draw') checkDraw(want, rows, vocabulary.size);
}

/**
 * As `checkRequest`, and the prefix must end where a block does: a committed token may not gain something to see later.
 *
 * @throws PalimpsestError
 */
export function checkAppend(backbone: Limits, context: Committed, tokens: Int32Array, want: Want): void {
  checkRequest(backbone, context, tokens, want);
  checkBoundary('append', backbone, context, context.length + tokens.length);
}

/**
 * The tokens must take the place of committed ones of the last block.
 *
 * @throws PalimpsestError
 */
export function checkRescore(backbone: Limits, { length, shift = 0 }: Committed, start: number, tokens: Int32Array, want: Want): void {
  checkWant(backbone, tokens, want);
  const { blockSize } = backbone.visibility;
  const first = Math.max(0, length - (blockSize === Infinity ? length : ((length + shift - 1) % blockSize) + 1));
  const fits = Number.isInteger(start) && start >= first && start + tokens.length <= length;
  const expected = length === 0 ? 'tokens in the place of committed ones' : `tokens in the place of committed ones of the last block, at ${first} to ${length - 1}`;
  refuseUnless(fits, 'rescore', expected, length === 0 ? 'a context without any' : `${tokens.length} from ${start} on`, 'Rewind to the end of an earlier block, or append first.');
}

/** @throws PalimpsestError when `length` is beyond what is committed or inside a block. */
export function checkRewind(backbone: Limits, context: Committed, length: number): void {
  const fits = Number.isInteger(length) && length >= 0 && length <= context.length;
  refuseUnless(fits, 'rewind', `a length from 0 to the ${context.length} committed tokens`, length);
  if (length > 0) checkBoundary('rewind', backbone, context, length);
}

/**
 * By how many positions the blocks of a context lie earlier than the visibility has them: 0 where its first block is as long as the others.
 *
 * @throws PalimpsestError when the first block is not of 1 to so many tokens.
 */
export function blockShift({ visibility: { blockSize, name } }: Limits, { firstBlock = blockSize }: ContextOptions): number {
  if (firstBlock === blockSize) return 0;
  const fits = Number.isInteger(firstBlock) && firstBlock >= 1 && firstBlock < blockSize && blockSize !== Infinity;
  refuseUnless(fits, 'open: firstBlock', `1 to ${blockSize} tokens under ${name} visibility`, firstBlock);
  return blockSize - firstBlock;
}

/** @throws PalimpsestError when what was asked is already disposed. */
export function checkNotDisposed(what: 'backbone' | 'context', disposed: boolean): void {
  refuseUnless(!disposed, what, `a ${what} that is in use`, 'one that is disposed', 'Open another.');
}

function checkDraw({ temperature, topP = 1, uniforms, banned = new Int32Array() }: WantDraw, rows: number, size: number): void {
  refuseUnless(temperature > 0 && temperature < Infinity, 'temperature', 'a number above 0', temperature, 'For the most probable token want the top 1.');
  refuseUnless(topP > 0 && topP <= 1, 'topP', 'a number above 0, up to 1', topP);
  refuseUnless(uniforms.length === rows, 'uniforms', `one for each of the ${rows} wanted rows`, uniforms.length);
  const index = uniforms.findIndex((uniform) => !(uniform >= 0 && uniform < 1));
  if (index >= 0) refuseUnless(false, 'uniforms', 'numbers of at least 0 and below 1', `${uniforms[index]} at index ${index}`);
  checkIds('banned', banned, size);
  refuseUnless(banned.length < size || new Set(banned).size < size, 'banned', `fewer than all ${size} tokens`, banned.length);
}

function checkBoundary(where: string, { visibility }: Limits, { shift = 0 }: Committed, length: number): void {
  const { blockSize, name } = visibility;
  const whole = blockSize === Infinity ? length === 0 : (length + shift) % blockSize === 0;
  const hint = 'Score an unfinished block; append it when it is whole.';
  refuseUnless(whole, where, `a prefix of whole blocks of ${blockSize}${shift === 0 ? '' : `, the first of ${blockSize - shift},`} under ${name} visibility`, `${length} tokens`, hint);
}

function checkIds(where: string, ids: Int32Array, size: number): void {
  const index = ids.findIndex((id) => id < 0 || id >= size);
  if (index >= 0) refuseUnless(false, where, `token ids from 0 to ${size - 1}`, `${ids[index]} at index ${index}`);
}

function refuseUnless(holds: boolean, where: string, expected: string, got: number | string, hint?: string): void {
  if (!holds) throw new PalimpsestError({ where, expected, got: String(got), ...(hint !== undefined && { hint }) });
}
