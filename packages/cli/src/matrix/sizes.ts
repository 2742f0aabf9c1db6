/** How large the models of a matrix are, and how much is done with each. */
export interface MatrixSize {
  readonly description: string;
  readonly width: number; // a multiple of headSize
  readonly headSize: number;
  /** Pairs of a mixer and an MLP in the transformer; the others have about as many parameters. */
  readonly pairs: number;
  readonly hidden: number;
  /** Of the state-space layers, numbers to each of a head's. */
  readonly stateSize: number;
  readonly rows: number;
  readonly microbatches: number;
  readonly steps: number;
  /** Held-out texts to measure the likelihood on. */
  readonly texts: number;
  readonly samples: number;
  /** Tokens to a sample, at most. */
  readonly sampleLength: number;
}

/** Tokens to a training row: a story with room for its end. */
export const rowLength = 128;
/** Tokens to a block of block diffusion. */
export const blockSize = 16;

export const sizes: Readonly<Record<string, MatrixSize>> = {
  toy: {
    description: 'in seconds, to see that everything runs', width: 16, headSize: 8, pairs: 1, hidden: 24, stateSize: 4,
    rows: 2, microbatches: 1, steps: 2, texts: 1, samples: 1, sampleLength: 32,
  },
  small: {
    description: 'in the better part of an hour, to see how it goes', width: 96, headSize: 32, pairs: 3, hidden: 256, stateSize: 32,
    rows: 8, microbatches: 1, steps: 500, texts: 20, samples: 20, sampleLength: 128,
  },
  shipped: {
    description: 'about 3 M parameters and 5.3 M positions each, as large as the models that come with this installation', width: 192, headSize: 32, pairs: 6, hidden: 512, stateSize: 64,
    rows: 32, microbatches: 4, steps: 1300, texts: 60, samples: 60, sampleLength: 128,
  },
};

/** A cell's share of all twelve on two cores with nothing else running, reckoned from the rates of training in docs/results.md and the steps of the first cells. */
const secondsPerCell: Readonly<Record<string, number>> = { toy: 2, small: 200, shipped: 4000 };

export const expectedSeconds = (name: string, cells: number): number => cells * (secondsPerCell[name] ?? 0);
