import type { Clock, Usage } from '@palimpsest/backbone';

/** Counts what a generation costs, from its creation on. */
export interface CostMeter {
  /** Waits, and books the time as the model's. */
  readonly wait: <T>(answer: Promise<T>) => Promise<T>;
  readonly countPass: (positions: number) => void;
  readonly passes: () => number;
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
