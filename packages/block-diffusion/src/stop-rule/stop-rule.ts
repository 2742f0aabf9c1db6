import { PalimpsestError } from '@palimpsest/backbone';

/** Whether a text need not go on, asked after each block; `ids` is the answer so far. An end token needs no rule. */
export interface StopRule {
  readonly name: string;
  readonly stops: (ids: Int32Array) => boolean;
}

/**
 * Stops a text that goes round in circles: once the entropy of how often each token stands among the last `window` falls below `nats` (BD3-LM's
 * published sampler: 256 and 4, counted once more than so many tokens are there).
 *
 * @throws PalimpsestError unless `window` is a positive integer and `nats` a positive number, at most the logarithm of `window`: above it any text stops.
 */
export function belowEntropy({ window = 256, nats = 4 }: { readonly window?: number; readonly nats?: number } = {}): StopRule {
  const refuse = (expected: string, got: number, hint?: string): never => {
    throw new PalimpsestError({ where: 'belowEntropy', expected, got: String(got), ...(hint !== undefined && { hint }) });
  };
  if (!(Number.isInteger(window) && window >= 1)) refuse('a positive integer window', window);
  if (!(nats > 0 && nats < Infinity)) refuse('positive nats', nats);
  const most = Math.log(window);
  if (nats > most) refuse(`at most ${most.toFixed(3)} nats, the entropy of ${window} tokens that all differ`, nats, 'Any text would stop: take fewer nats or a longer window.');
  return { name: `below-entropy(${window}, ${nats})`, stops: (ids) => ids.length >= window && entropyOf(ids.subarray(-window)) < nats };
}

function entropyOf(ids: Int32Array): number {
  const counts = new Map<number, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum - (count / ids.length) * Math.log(count / ids.length), 0);
}
