import { costMeter } from '@palimpsest/backbone';
import type { Context, FinishReason, Generation } from '@palimpsest/backbone';
import { lowConfidence } from '@palimpsest/diffusion';
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
  const { backbone, prompt, seed, policy = lowConfidence, draft = false, stopAtEnd = true, stopRule, signal, clock } = options;
  const { canvas, committed, blocks, bases, firstBlock, sampling } = plan;
  const { end: endToken } = backbone.vocabulary;
  const meter = costMeter(clock);
  let stateBytes = 0;
  let stopped: FinishReason | undefined;
  try {
    signal?.throwIfAborted();
    const open = (base: number): Promise<Context> => backbone.open({ ...(signal && { signal }), ...(base === 0 && firstBlock !== undefined && { firstBlock }) });
    await using reader = await openBlockReader({ backbone, canvas, open, read: beliefReader(sampling, seed), meter });
    let step = 0;
    for (const [block, range] of blocks.entries()) {
      const prefix = block === 0 ? committed : range.start;
      if (prefix > 0) await reader.commit(prefix, bases[block]!);
      stateBytes = Math.max(stateBytes, reader.stateBytes());
      yield { type: 'block-start', block, range };
      const written = { ...canvas, range };
      const ended = (): boolean => stopAtEnd && answerOf(written, endToken).ended;
      ({ step } = yield* fillBlock({ ...plan, canvas: written, ask: reader.ask(range.end), policy, meter, seed, draft, finished: ended }, range, step));
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
