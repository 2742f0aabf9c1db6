import type { SamplingSettings } from './settings.js';

/**
 * The distribution that the samplers draw from, by sorting the whole vocabulary and following the definitions:
 * ban, divide by the temperature, keep the top k, keep the smallest set with mass p, renormalise.
 */
export function distributionNaive(logits: readonly number[], settings: SamplingSettings): number[] {
  const { temperature = 1, topK = logits.length, topP = 1, banned = [] } = settings;
  const forbidden = new Set(banned);
  const ranked = [...logits.keys()].filter((id) => !forbidden.has(id)).sort((a, b) => logits[b]! - logits[a]! || a - b);
  if (temperature === 0) return logits.map((_, id) => (id === ranked[0] ? 1 : 0));
  const limited = ranked.slice(0, topK);
  const weights = limited.map((id) => Math.exp((logits[id]! - logits[limited[0]!]!) / temperature));
  const mass = weights.reduce((sum, weight) => sum + weight, 0);
  const kept: number[] = [];
  let keptMass = 0;
  for (const [rank, id] of limited.entries()) {
    kept.push(id);
    keptMass += weights[rank]!;
    if (keptMass >= topP * mass) break;
  }
  const probabilities = logits.map(() => 0);
  for (const [rank, id] of kept.entries()) probabilities[id] = weights[rank]! / keptMass;
  return probabilities;
}

/** Walks the cumulative sum in the given order of ids until it exceeds `uniform`. */
export function invertNaive(probabilities: readonly number[], order: readonly number[], uniform: number): number {
  let sum = 0;
  for (const id of order) {
    sum += probabilities[id]!;
    if (sum > uniform) return id;
  }
  throw new Error(`the probabilities sum to ${sum}, not above ${uniform}`);
}
