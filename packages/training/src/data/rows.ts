import { PalimpsestError } from '@palimpsest/backbone';
import { uniformAt } from '@palimpsest/sampling';
import type { Rows } from '../objective/batch.js';

/** Rows of a step: a pure function, so that a run can stop and go on anywhere. */
export type RowSource = (step: number) => Rows;

export interface DocumentRows {
  /** Token ids of document `index`, begin and end tokens included. */
  readonly document: (index: number) => Int32Array;
  /** Documents start here; held-out data starts elsewhere. */
  readonly firstIndex: number;
  readonly rows: number;
  readonly length: number;
  /** Fills a row after its document. */
  readonly padId: number;
}

/** Documents tried for one row before the last is cut. */
const attempts = 16;

/** One document to a row, padded; documents that do not fit are passed over. No document comes twice. */
export function documentRows({ document, firstIndex, rows, length, padId }: DocumentRows): RowSource {
  return (step) => {
    const tokens = new Int32Array(rows * length).fill(padId);
    const lengths = new Int32Array(rows);
    for (let row = 0; row < rows; row++) {
      const index = firstIndex + (step * rows + row) * attempts;
      let ids = document(index);
      for (let attempt = 1; attempt < attempts && ids.length > length; attempt++) ids = document(index + attempt);
      lengths[row] = Math.min(ids.length, length);
      tokens.set(ids.subarray(0, length), row * length);
    }
    return { rows, length, tokens, lengths };
  };
}

/** Windows at random places of one long text. */
export function windowRows({ ids, rows, length, seed }: { readonly ids: Int32Array; readonly rows: number; readonly length: number; readonly seed: number }): RowSource {
  if (ids.length < length) {
    throw new PalimpsestError({ where: 'training data', expected: `at least ${length} tokens`, got: `${ids.length}`, hint: 'Use a longer text or a shorter row length.' });
  }
  return (step) => {
    const tokens = new Int32Array(rows * length);
    for (let row = 0; row < rows; row++) {
      const start = Math.floor(uniformAt(seed, step, row) * (ids.length - length + 1));
      tokens.set(ids.subarray(start, start + length), row * length);
    }
    return { rows, length, tokens, lengths: new Int32Array(rows).fill(length) };
  };
}
