/** What a generation or a training run gives at its end; its events go to `show`. */
export async function resultOf<Event, Result>(run: AsyncGenerator<Event, Result, void>, show: (event: Event) => void = () => undefined): Promise<Result> {
  let next = await run.next();
  for (; !next.done; next = await run.next()) show(next.value);
  return next.value;
}
