import { costMeter } from '@palimpsest/backbone';
import type { Context, FinishReason, Generation } from '@palimpsest/backbone';
import { answerOf, beliefReader } from '@palimpsest/diffusion/reverse-process';
import { uniformAt } from '@palimpsest/sampling';
import { openBlockReader } from './block-reader.js';
import { writeInFlight } from './in-flight.js';
import { writeInTurn } from './in-turn.js';
import type { BlockDiffusionOptions } from './options.js';
import { planGeneration } from './plan.js';
import type { Plan } from './plan.js';
import type { Run } from './run.js';

/**
 * Writes a text block after block: each is denoised behind the committed prefix as masked diffusion denoises a canvas, looked at as often
 * as the policy likes, and committed once, before the next (BD3-LM, arXiv:2503.09573, section 3 and algorithm 2; SDAR; LLaDA2). Blocks
 * of one token in a shifted model are autoregressive decoding, one block for all is masked diffusion. The last block is not committed: nothing
 * comes behind it.
 *
 * Where finished blocks may be edited (LLaDA2.1's multi-block editing), the prefix is cut back to the first of them that another look may
 * change; it and those behind it are looked at in turn and committed again.
 *
 * Where several blocks may be in flight (D2F), the next ones are begun behind what is not finished, and each look is at all of them.
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
  const { canvas, firstBlock, needs, inFlight, sampling } = plan;
  const { end: endToken } = backbone.vocabulary;
  const meter = costMeter(clock);
  let stateBytes = 0;
  let stopped: FinishReason | undefined;
  let stoppedAt: number | undefined;
  try {
    signal?.throwIfAborted();
    const open = (base: number): Promise<Context> => backbone.open({ ...(signal && { signal }), ...(base === 0 && firstBlock !== undefined && { firstBlock }) });
    await using reader = await openBlockReader({ backbone, canvas, open, needs, read: beliefReader(sampling, seed), meter, onCommit: (bytes) => (stateBytes = Math.max(stateBytes, bytes)) });
    const run: Run = {
      plan, reader, meter, seed, draft,
      ended: (written) => stopAtEnd && answerOf(written, endToken).ended,
      stops: (end) => stopRule?.stops(canvas.tokens.subarray(prompt.length, end)) === true,
    };
    stoppedAt = yield* inFlight === undefined ? writeInTurn(run) : writeInFlight(run, inFlight);
    if (stoppedAt !== undefined) stopped = 'stable';
  } catch (error) {
    if (!signal?.aborted || error !== signal.reason) throw error;
    stopped = 'aborted';
  }
  const { ids, ended } = answerOf({ ...canvas, range: { ...canvas.range, end: stoppedAt ?? canvas.range.end } }, endToken);
  const reason: FinishReason = stopped ?? (ended ? 'end-token' : 'length');
  const usage = meter.usage({ promptTokens: prompt.length, generatedTokens: ids.length, stateBytes });
  yield { type: 'finish', reason, usage };
  return { ids, reason, usage };
}
