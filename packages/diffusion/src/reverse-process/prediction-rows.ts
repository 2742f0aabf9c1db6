import type { Prediction } from '@palimpsest/backbone';

/** Rows to ask a model for, and which of them predicts each position. */
export interface PredictionRows {
  readonly rows: Int32Array; // ascending, each once
  readonly slots: Int32Array; // one per position, index into `rows`
}

/**
 * The row that predicts each position: its own, or the one before in a shifted model. There position 0, which no row
 * precedes, is read from row 0 as the published shifted models do; a prompt that begins with a begin token avoids it.
 *
 * @param positions ascending.
 */
export function predictionRows(prediction: Prediction, positions: Int32Array): PredictionRows {
  const rows: number[] = [];
  const slots = positions.map((position) => {
    const row = prediction === 'same' ? position : Math.max(0, position - 1);
    if (rows.at(-1) !== row) rows.push(row);
    return rows.length - 1;
  });
  return { rows: Int32Array.from(rows), slots };
}
