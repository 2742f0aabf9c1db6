import type { Reading } from '../step/reading.js';

/** What one step learns from. Row-major [rows, length]; a target counts by its weight, 0 for not at all. */
export interface Batch {
  /** Where the objective's reading takes several copies of a row, they stand side by side: [rows, copies · length]. */
  readonly tokens: Int32Array;
  readonly targets: Int32Array;
  /** Already normalised: the loss is the sum of weight × cross entropy (nats). */
  readonly weights: Float32Array;
}

/** Token rows as they are read: cut and padded to one length, with how much of each is text. */
export interface Rows {
  readonly rows: number;
  readonly length: number;
  readonly tokens: Int32Array; // [rows, length]
  /** Tokens of each row that are text, end token included; the rest is padding. */
  readonly lengths: Int32Array; // [rows]
}

/** Makes a batch out of rows. `step` and `seed` are all the randomness there is. */
export interface Objective {
  readonly name: string;
  /** How the model reads the tokens of its batches; plainly when absent. */
  readonly reading?: Reading;
  readonly batch: (rows: Rows, step: number) => Batch;
}
