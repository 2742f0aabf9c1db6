import type { ModelListing } from '../protocol/model.js';

/** What a lane shows when nothing was chosen: the first model, and beside it one that writes in another way, of whole pages if there is one. */
export function usualModel(models: readonly ModelListing[], lane: number): ModelListing | undefined {
  const way = ({ ways }: ModelListing): string | undefined => ways[0]?.name;
  const [first] = models;
  const others = models.filter((model) => way(model) !== (first && way(first)));
  const other = others.find(({ visibility }) => visibility === 'bidirectional') ?? others[0];
  return lane === 0 ? first : (other ?? models[Math.min(lane, models.length - 1)]);
}
