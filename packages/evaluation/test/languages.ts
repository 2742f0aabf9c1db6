import { randomChain, seededUniform, toyBackbone } from '@palimpsest/backbone/testing';
import type { MarkovChain, ToyBackbone, ToyDefinition } from '@palimpsest/backbone/testing';

export const chainOf = (words: number, seed: number): MarkovChain => randomChain(words, seededUniform(seed));

/** Texts that the chain writes. */
export function writtenBy(chain: MarkovChain, count: number, length: number, seed: number): readonly Int32Array[] {
  const uniform = seededUniform(seed);
  const draw = (row: readonly number[]): number => {
    let left = uniform();
    return Math.max(0, row.findIndex((probability) => (left -= probability) < 0));
  };
  return Array.from({ length: count }, () => {
    const text = new Int32Array(length);
    for (let position = 0; position < length; position++) text[position] = draw(position === 0 ? chain.initial : chain.transitions[text[position - 1]!]!);
    return text;
  });
}

/** -ln of the chain's probability of the tokens from `given` on, after those before. */
export function chainNats({ initial, transitions }: MarkovChain, tokens: Int32Array, given: number): number {
  let nats = 0;
  for (let position = given; position < tokens.length; position++) nats -= Math.log((position === 0 ? initial : transitions[tokens[position - 1]!]!)[tokens[position]!]!);
  return nats;
}

/**
 * The bound by its definition, over all ways to mask: sum over masked counts l of 1 / l times the mean, over the sets of l cells, of the
 * summed cross-entropy of the masked cells. `logProbability` is the model's for the token at a cell of the masked text.
 */
export function exactBound(tokens: Int32Array, given: number, mask: number, logProbability: (masked: Int32Array, cell: number) => number): number {
  const cells = Array.from(tokens.keys()).slice(given);
  const bySize = cells.map(() => ({ sum: 0, sets: 0 }));
  for (let set = 1; set < 2 ** cells.length; set++) {
    const hidden = cells.filter((_, index) => Math.floor(set / 2 ** index) % 2 === 1);
    const masked = tokens.map((id, cell) => (hidden.includes(cell) ? mask : id));
    const size = bySize[hidden.length - 1]!;
    size.sum -= hidden.reduce((sum, cell) => sum + logProbability(masked, cell), 0);
    size.sets++;
  }
  return bySize.reduce((bound, { sum, sets }, index) => bound + sum / sets / (index + 1), 0);
}

/** A backbone whose rows are some function of what a row sees: no language has them as its posteriors. */
export function oddBackbone(definition: Pick<ToyDefinition, 'visibility' | 'prediction'>, words: number): ToyBackbone {
  return toyBackbone({ ...definition, vocabulary: { size: words + 1, mask: words }, maximumLength: 40, row: (tokens, position, visible) => oddRow(tokens, position, visible, words) });
}

export const oddRow = (tokens: Int32Array, position: number, visible: number, words: number): readonly number[] =>
  Array.from({ length: words + 1 }, (_, word) => tokens.subarray(0, visible).reduce((sum, id, place) => sum + Math.sin(1 + 3 * word + 5 * id + place - 2 * position), Math.cos(word)) / 3);

export function logSoftmaxOf(row: readonly number[], word: number): number {
  return row[word]! - Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0));
}
