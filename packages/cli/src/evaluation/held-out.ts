import type { Likelihood } from '@palimpsest/evaluation';
import type { Trial, TrialText } from '../generation/ways/way.js';

/** How probable a model finds held-out texts. */
export interface HeldOut extends Pick<Likelihood, 'kind' | 'natsPerToken' | 'standardError' | 'perplexity'> {
  readonly texts: number;
  /** Of the texts, the first of each and what fills its row not counted. */
  readonly tokens: number;
}

/** The likelihood that a way gives, per token of the texts. */
export async function measureHeldOut(measure: (trial: Trial) => Promise<Likelihood>, trial: Trial): Promise<HeldOut> {
  const { kind, tokens: scored, natsPerToken, standardError } = await measure(trial);
  const tokens = trial.texts.reduce((sum, { length }: TrialText) => sum + length - 1, 0);
  const nats = (natsPerToken * scored) / tokens;
  return { kind, texts: trial.texts.length, tokens, natsPerToken: nats, standardError: (standardError * scored) / tokens, perplexity: Math.exp(nats) };
}
