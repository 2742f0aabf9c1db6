/**
 * Runs `run` on every item, `together` of them at a time, so that a backbone can compute what waits in one pass. After a failure no
 * further item is begun, and those that run are waited for.
 *
 * @returns results in the order of the items.
 */
export async function mapTogether<Item, Result>(items: readonly Item[], together: number, run: (item: Item, index: number) => Promise<Result>): Promise<readonly Result[]> {
  const results = new Array<Result>(items.length);
  const queue = entriesOf(items);
  const work = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await run(item, index); // leaving the loop by an error closes the queue for all
  };
  const outcomes = await Promise.allSettled(Array.from({ length: Math.min(together, items.length) }, work));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  return results;
}

function* entriesOf<Item>(items: readonly Item[]): Generator<readonly [number, Item]> {
  yield* items.entries();
}
