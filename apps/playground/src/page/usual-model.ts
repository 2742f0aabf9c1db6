import type { ModelListing } from '../protocol/model.js';

/** What a lane shows when nothing was chosen: the first model, and beside it the first that writes in another way. */
export function usualModel(models: readonly ModelListing[], lane: number): ModelListing | undefined {
  const way = ({ ways }: ModelListing): string | undefined => ways[0]?.name;
  const [first] = models;
  const other = first && models.find((model) => way(model) !== way(first));
  return lane === 0 ? first : (other ?? models[Math.min(lane, models.length - 1)]);
}
