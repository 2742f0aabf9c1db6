import { exponential } from './exponential.js';
import { logSumExp } from './softmax.js';

/**
 * How sure the model is of token `id`, from its own distribution softmax(logits), without temperature or noise.
 * Larger is surer. Costs one pass over the row.
 */
export type ConfidenceMeasure = (logits: Float32Array, id: number) => number;

/** The token's probability. LLaDA's low-confidence order. */
export const probability: ConfidenceMeasure = (logits, id) => exponential(logits[id]! - logSumExp(logits));

/** The largest probability less the second largest, whatever the token. */
export const margin: ConfidenceMeasure = (logits) => {
  let first = -Infinity;
  let second = -Infinity;
  for (const logit of logits) {
    if (logit > first) {
      second = first;
      first = logit;
    } else if (logit > second) second = logit;
  }
  const normaliser = logSumExp(logits);
  return exponential(first - normaliser) - exponential(second - normaliser);
};

/** Sum of p ln p in nats, whatever the token: 0 when certain, -ln(vocabulary) when nothing is known. */
export const negativeEntropy: ConfidenceMeasure = (logits) => {
  const normaliser = logSumExp(logits);
  let sum = 0;
  for (const logit of logits) {
    if (logit !== -Infinity) sum += exponential(logit - normaliser) * (logit - normaliser);
  }
  return sum;
};
