import type { Objective } from './batch.js';

/** Mean cross entropy of every text token but the first, given those before it. */
export const nextToken: Objective = {
  name: 'next-token',
  batch: ({ rows, length, tokens, lengths }) => {
    const targets = new Int32Array(rows * length);
    const weights = new Float32Array(rows * length);
    const counted = lengths.reduce((sum, textLength) => sum + Math.max(0, textLength - 1), 0);
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i + 1 < lengths[row]!; i++) {
        targets[row * length + i] = tokens[row * length + i + 1]!;
        weights[row * length + i] = 1 / counted;
      }
    }
    return { tokens, targets, weights };
  },
};
