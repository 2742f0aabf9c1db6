import { gather, matMul } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import { normal } from '../initialiser.js';
import type { Scope } from '../layer.js';

export interface EmbeddingConfig {
  readonly vocabularySize: number;
  readonly width: number;
  readonly deviation?: number;
}

export interface Embedding {
  /** Token ids, int64 [..] -> [.., width]. */
  readonly embed: (tokens: Value) => Value;
  /** Scores by the same table, [.., width] -> [.., vocabulary] (Press & Wolf 2016, arXiv:1608.05859). */
  readonly tiedHead: (x: Value) => Value;
}

export function tokenEmbedding(scope: Scope, { vocabularySize, width, deviation = 0.02 }: EmbeddingConfig): Embedding {
  const weight = scope.parameter('weight', [vocabularySize, width], { initialise: normal(deviation), role: 'embedding' });
  return {
    embed: (tokens) => gather(weight, tokens, 0),
    tiedHead: (x) => matMul(x, weight, { transposeRight: true }),
  };
}
