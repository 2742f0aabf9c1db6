import type { RandomStream } from '@palimpsest/sampling';

/** Random choices whose probabilities are summed up: `nats()` is minus the logarithm of the probability of all of them together. */
export interface Choices {
  pick<Item>(items: readonly Item[]): Item;
  /** `weights` are relative, one to each item. */
  pickWeighted<Item>(items: readonly Item[], weights: readonly number[]): Item;
  happens(probability: number): boolean;
  nats(): number;
}

export function countedChoices(random: RandomStream): Choices {
  let nats = 0;
  const happens = (probability: number): boolean => {
    const happened = random.uniform() < probability;
    nats -= Math.log(happened ? probability : 1 - probability);
    return happened;
  };
  return {
    happens,
    nats: () => nats,
    pick: (items) => {
      nats += Math.log(items.length);
      return random.pick(items);
    },
    pickWeighted: (items, weights) => {
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      let left = random.uniform() * total;
      // Rounding may leave a last crumb above every weight; it belongs to the last item.
      const found = weights.findIndex((weight) => (left -= weight) < 0);
      const index = found === -1 ? items.length - 1 : found;
      nats -= Math.log(weights[index]! / total);
      return items[index]!;
    },
  };
}
