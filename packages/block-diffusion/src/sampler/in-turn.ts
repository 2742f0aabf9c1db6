import type { GenerationEvent } from '@palimpsest/backbone';
import { fillBlock } from '@palimpsest/diffusion/reverse-process';
import type { Run } from './run.js';

/** One block after the other; where finished blocks may be edited, those before it that another look may change after each. @returns where the stop rule ended the text. */
export async function* writeInTurn({ plan, reader, meter, seed, draft, ended, stops }: Run): AsyncGenerator<GenerationEvent, number | undefined, void> {
  const { canvas, blocks, prefixes, bases, partSizes, policy, stepsPerBlock, editing } = plan;
  const settled: boolean[] = []; // by block: whether another look could change nothing
  let step = 0;
  for (const [block, range] of blocks.entries()) {
    const firstEdited = Math.max(0, block - (editing?.finishedBlocks ?? 0));
    const written = { ...canvas, range: { start: blocks[firstEdited]!.start, end: range.end } };
    const finished = (): boolean => ended(written);
    const write = async function* (which: number): AsyncGenerator<GenerationEvent, void, void> {
      const own = blocks[which]!;
      const run = { canvas: written, stepsPerBlock, ask: reader.ask(own, partSizes[which]), policy, meter, seed, draft, finished, ...(editing && { editing: { ...editing, start: own.start } }) };
      const filled = yield* fillBlock(run, own, step);
      ({ step, settled: settled[which] } = filled);
    };
    await reader.commit(prefixes[block]!, bases[block]!);
    yield { type: 'block-start', block, range };
    yield* write(block);
    for (let which = firstEdited, changed = false; which <= block; which++) {
      if (!changed && (settled[which] === true || which === block)) continue;
      await reader.commit(prefixes[which]!, bases[block]!);
      for await (const event of write(which)) {
        changed ||= event.type === 'tokens-commit';
        yield event;
      }
    }
    yield { type: 'block-end', block };
    if (finished()) return undefined;
    if (stops(range.end)) return range.end;
  }
  return undefined;
}
