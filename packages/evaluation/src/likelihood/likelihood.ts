import { PalimpsestError } from '@palimpsest/backbone';
import type { Backbone } from '@palimpsest/backbone';

/** A text whose tokens from `given` on are scored, after those before. */
export interface ScoredText {
  readonly tokens: Int32Array;
  /** Tokens that are given, not scored; 1 when absent, the begin token. */
  readonly given?: number;
}

/** Negative log-likelihood of texts, in nats. */
export interface Likelihood {
  /** Whether `nats` are the model's own, or at least those. */
  readonly kind: 'exact' | 'upper-bound';
  readonly tokens: number;
  readonly natsPerToken: number;
  /** Of `natsPerToken`, from the random draws alone: another choice of texts would move it more. 0 when exact. */
  readonly standardError: number;
  /** e to the power of `natsPerToken`: an upper bound where those are. */
  readonly perplexity: number;
  readonly texts: readonly TextLikelihood[];
}

export interface TextLikelihood {
  readonly tokens: number;
  readonly nats: number;
  readonly standardError: number; // of nats
}

export const givenOf = ({ given = 1 }: ScoredText): number => given;

export function likelihoodOf(kind: Likelihood['kind'], texts: readonly TextLikelihood[]): Likelihood {
  const tokens = texts.reduce((sum, text) => sum + text.tokens, 0);
  const natsPerToken = texts.reduce((sum, text) => sum + text.nats, 0) / tokens;
  const standardError = Math.hypot(...texts.map((text) => text.standardError)) / tokens;
  return { kind, tokens, natsPerToken, standardError, perplexity: Math.exp(natsPerToken), texts };
}

/**
 * Every text has something to score and something before it where the model needs that, and fits into a context: found out before hours of
 * passes, not after.
 *
 * @throws PalimpsestError
 */
export function checkTexts(where: string, { maximumLength, prediction, vocabulary }: Backbone, texts: readonly ScoredText[]): void {
  if (texts.length === 0) throw new PalimpsestError({ where, expected: 'at least one text', got: 'none' });
  const least = prediction === 'next' ? 1 : 0;
  texts.forEach((text, index) => {
    const { length } = text.tokens;
    const given = givenOf(text);
    const refuse = (expected: string, got: number | string, hint?: string): never => {
      throw new PalimpsestError({ where: `${where}: text ${index}`, expected, got: String(got), ...(hint !== undefined && { hint }) });
    };
    if (!(Number.isInteger(given) && given >= least && given < length)) refuse(`from ${least} to ${length - 1} given tokens, of ${length}`, given, 'Begin a text with the begin token.');
    if (length > maximumLength) refuse(`at most the ${maximumLength} tokens of the backbone's context`, length, 'Cut the text into pieces.');
    const beyond = text.tokens.find((id) => id < 0 || id >= vocabulary.size);
    if (beyond !== undefined) refuse(`token ids from 0 to ${vocabulary.size - 1}`, beyond, 'Was it encoded with another tokenizer?');
  });
}
