import { costMeter } from '@palimpsest/backbone';
import type { Context, FinishReason, Generation, GenerationEvent } from '@palimpsest/backbone';
import { answerOf, beliefReader, fillBlock } from '@palimpsest/diffusion/reverse-process';
import { uniformAt } from '@palimpsest/sampling';
import { openBlockReader } from './block-reader.js';
import type { BlockDiffusionOptions } from './options.js';
import { planGeneration } from './plan.js';
import type { Plan } from './plan.js';

/**
 * Writes a text block after block: each is denoised behind the committed prefix as masked diffusion denoises a canvas, looked at as often
 * as the policy likes, and committed once, before the next (BD3-LM, arXiv:2503.09573, section 3 and algorithm 2; SDAR; LLaDA2). Blocks
 * of one token in a shifted model are autoregressive decoding, one block for all is masked diffusion. The last block is not committed: nothing
 * comes behind it.
 *
 * Where finished blocks may be edited (LLaDA2.1's multi-block editing), the prefix is cut back to the first of them that another look may
 * change; it and those behind it are looked at in turn and committed again.
 *
 * A number drawn depends on the seed, the step of the look, counted over all blocks, and the position alone; that of the first token of
 * a block in a shifted model on the number of the pass that read it.
 *
 * @returns events; the result's ids end before the first end token, or before the first open cell when aborted.
 * @throws PalimpsestError or SamplingError before any pass when an option does not fit the backbone.
 */
export function generateBlockDiffusion(options: BlockDiffusionOptions): Generation {
  uniformAt(options.seed, 0); // a bad seed is an error now, not in the middle of the text
  return generate(options, planGeneration(options));
}

async function* generate(options: BlockDiffusionOptions, plan: Plan): Generation {
  const { backbone, prompt, seed, draft = false, stopAtEnd = true, stopRule, signal, clock } = options;
  const { canvas, blocks, bases, firstBlock, needs, partSizes, policy, stepsPerBlock, editing, sampling } = plan;
  const { end: endToken } = backbone.vocabulary;
  const meter = costMeter(clock);
  let stateBytes = 0;
  let stopped: FinishReason | undefined;
  try {
    signal?.throwIfAborted();
    const open = (base: number): Promise<Context> => backbone.open({ ...(signal && { signal }), ...(base === 0 && firstBlock !== undefined && { firstBlock }) });
    await using reader = await openBlockReader({ backbone, canvas, open, needs, read: beliefReader(sampling, seed), meter });
    const settled: boolean[] = []; // by block: whether another look could change nothing
    let step = 0;
    for (const [block, range] of blocks.entries()) {
      const firstEdited = Math.max(0, block - (editing?.finishedBlocks ?? 0));
      const written = { ...canvas, range: { start: blocks[firstEdited]!.start, end: range.end } };
      const ended = (): boolean => stopAtEnd && answerOf(written, endToken).ended;
      const write = async function* (which: number): AsyncGenerator<GenerationEvent, void, void> {
        const own = blocks[which]!;
        const run = { canvas: written, stepsPerBlock, ask: reader.ask(own, partSizes[which]), policy, meter, seed, draft, finished: ended, ...(editing && { editing: { ...editing, start: own.start } }) };
        const filled = yield* fillBlock(run, own, step);
        ({ step, settled: settled[which] } = filled);
      };
      await reader.commit(plan.prefixes[block]!, bases[block]!);
      stateBytes = Math.max(stateBytes, reader.stateBytes());
      yield { type: 'block-start', block, range };
      yield* write(block);
      for (let which = firstEdited, changed = false; which <= block; which++) {
        if (!changed && (settled[which] === true || which === block)) continue;
        await reader.commit(plan.prefixes[which]!, bases[block]!);
        for await (const event of write(which)) {
          changed ||= event.type === 'tokens-commit';
          yield event;
        }
      }
      yield { type: 'block-end', block };
      if (ended()) break;
      if (stopRule?.stops(canvas.tokens.subarray(prompt.length, range.end)) === true) {
        stopped = 'stable';
        break;
      }
    }
  } catch (error) {
    if (!signal?.aborted || error !== signal.reason) throw error;
    stopped = 'aborted';
  }
  const { ids, ended } = answerOf(canvas, endToken);
  const reason: FinishReason = stopped ?? (ended ? 'end-token' : 'length');
  const usage = meter.usage({ promptTokens: prompt.length, generatedTokens: ids.length, stateBytes });
  yield { type: 'finish', reason, usage };
  return { ids, reason, usage };
}
