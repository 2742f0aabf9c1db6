import type { Clock, Usage } from './generation.js';

/** Counts what a generation costs, from its creation on: every way of generating counts in the same way. */
export interface CostMeter {
  /** Waits, and books the time as the model's. */
  readonly wait: <Answer>(answer: Promise<Answer>) => Promise<Answer>;
  readonly countPass: (positions: number) => void;
  readonly passes: () => number;
  /** Tokens of the answer were committed. */
  readonly countCommit: () => void;
  readonly usage: (sizes: { readonly promptTokens: number; readonly generatedTokens: number; readonly stateBytes: number }) => Usage;
}

export function costMeter(clock: Clock): CostMeter {
  const start = clock();
  let forwardPasses = 0;
  let positionsComputed = 0;
  let millisecondsInModel = 0;
  let firstCommit: number | undefined;
  return {
    wait: async (answer) => {
      const asked = clock();
      try {
        return await answer;
      } finally {
        millisecondsInModel += clock() - asked;
      }
    },
    countPass: (positions) => {
      forwardPasses++;
      positionsComputed += positions;
    },
    passes: () => forwardPasses,
    countCommit: () => {
      firstCommit ??= clock() - start;
    },
    usage: (sizes) => {
      const milliseconds = clock() - start;
      return { ...sizes, forwardPasses, positionsComputed, milliseconds, millisecondsToFirstToken: firstCommit ?? milliseconds, millisecondsInModel };
    },
  };
}
