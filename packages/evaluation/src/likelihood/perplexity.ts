import { PalimpsestError } from '@palimpsest/backbone';
import type { Backbone } from '@palimpsest/backbone';
import { mapTogether } from '../together.js';
import { checkTexts, givenOf, likelihoodOf } from './likelihood.js';
import type { Likelihood, ScoredText, TextLikelihood } from './likelihood.js';

export interface PerplexityOptions {
  /** Causal, row i predicting token i + 1. */
  readonly backbone: Backbone;
  readonly texts: readonly ScoredText[];
  /** Texts that are scored at a time; 16 when absent. */
  readonly together?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (texts: number) => void;
}

/**
 * The exact negative log-likelihood of texts under an autoregressive model: one forward pass to a text.
 *
 * @throws PalimpsestError when the backbone is not causal or a text does not fit; the signal's reason when it aborts.
 */
export async function perplexity({ backbone, texts, together = 16, signal, onProgress }: PerplexityOptions): Promise<Likelihood> {
  const { visibility, prediction } = backbone;
  if (visibility.blockSize !== 1 || prediction !== 'next') {
    throw new PalimpsestError({ where: 'perplexity', expected: "a causal backbone whose rows predict the 'next' token", got: `${visibility.name}, '${prediction}'`, hint: 'For masked diffusion take nelbo, an upper bound.' });
  }
  checkTexts('perplexity', backbone, texts);
  let done = 0;
  return likelihoodOf('exact', await mapTogether(texts, together, async (text) => {
    const result = await scoreText(backbone, text, signal);
    onProgress?.(++done);
    return result;
  }));
}

async function scoreText(backbone: Backbone, text: ScoredText, signal: AbortSignal | undefined): Promise<TextLikelihood> {
  const given = givenOf(text);
  const targets = text.tokens.subarray(given);
  const rows = targets.map((_, index) => given - 1 + index);
  await using context = await backbone.open(signal && { signal });
  const { logProbabilities } = await context.score(text.tokens.subarray(0, -1), { rows, give: 'targets', targets });
  return { tokens: targets.length, nats: -sum(logProbabilities), standardError: 0 };
}

/** In float64: hundreds of float32 terms would lose digits. */
const sum = (values: Float32Array): number => values.reduce((total, value) => total + value, 0);
