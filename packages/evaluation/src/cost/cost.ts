import { PalimpsestError } from '@palimpsest/backbone';
import type { Usage } from '@palimpsest/backbone';

/** What texts cost, per generated token where it says so. */
export interface Cost {
  readonly texts: number;
  readonly generatedTokens: number;
  readonly forwardPassesPerToken: number;
  /** Token positions that went through the model. */
  readonly positionsPerToken: number;
  readonly millisecondsPerToken: number;
  /** Over all texts as if one were written after the other. */
  readonly tokensPerSecond: number;
  /** Of the time, 0 to 1, spent waiting for the model; the rest is sampler and events. */
  readonly modelShare: number;
  readonly meanMillisecondsToFirstToken: number;
  readonly estimatedFlopsPerToken: number;
  /** The largest of any text. */
  readonly stateBytes: number;
}

/**
 * @param flopsPerPosition floating-point operations for one position of one pass, as `estimateFlopsPerPosition` gives.
 * @throws PalimpsestError when no token was generated: nothing can be said per token.
 */
export function costOf(usages: readonly Usage[], flopsPerPosition: number): Cost {
  const total = (name: keyof Usage): number => usages.reduce((sum, usage) => sum + usage[name], 0);
  const generatedTokens = total('generatedTokens');
  if (generatedTokens === 0) throw new PalimpsestError({ where: 'costOf', expected: 'texts with at least one generated token', got: `${usages.length} without` });
  const milliseconds = total('milliseconds');
  return {
    texts: usages.length,
    generatedTokens,
    forwardPassesPerToken: total('forwardPasses') / generatedTokens,
    positionsPerToken: total('positionsComputed') / generatedTokens,
    millisecondsPerToken: milliseconds / generatedTokens,
    tokensPerSecond: (1000 * generatedTokens) / milliseconds,
    modelShare: total('millisecondsInModel') / milliseconds,
    meanMillisecondsToFirstToken: total('millisecondsToFirstToken') / usages.length,
    estimatedFlopsPerToken: (flopsPerPosition * total('positionsComputed')) / generatedTokens,
    stateBytes: Math.max(...usages.map(({ stateBytes }) => stateBytes)),
  };
}

export interface TransformerSize {
  /** Numbers in the matrices that every position is multiplied with, the head included. A table that is only looked up does not count. */
  readonly matrixParameters: number;
  readonly layers: number;
  /** Query heads times their size. */
  readonly attentionWidth: number;
  /** Tokens that a position sees, on average. */
  readonly visibleTokens: number;
}

/** Multiplications and additions of one position: two to a weight, and four per layer to each feature of each token seen (Kaplan et al. 2020, arXiv:2001.08361, table 1). */
export const estimateFlopsPerPosition = ({ matrixParameters, layers, attentionWidth, visibleTokens }: TransformerSize): number =>
  2 * matrixParameters + 4 * layers * attentionWidth * visibleTokens;
