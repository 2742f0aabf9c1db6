import { costMeter } from '@palimpsest/backbone';
import type { Backbone, Clock, Context, CostMeter, FinishReason, Generation } from '@palimpsest/backbone';
import { uniformAt } from '@palimpsest/sampling';
import type { SamplingSettings } from '@palimpsest/sampling';
import type { Editing } from '../editing/editing.js';
import type { UnmaskingPolicy } from '../unmasking-policy/unmasking-policy.js';
import { beliefReader } from './belief.js';
import type { Reader } from './belief.js';
import { answerOf } from './canvas.js';
import { fillBlock } from './fill-block.js';
import type { ReverseProcess } from './fill-block.js';
import { planGeneration } from './plan.js';
import type { Plan } from './plan.js';
import { predictionRows } from './prediction-rows.js';

export interface MaskedDiffusionOptions extends SamplingSettings {
  /** With a mask token, and every position visible to every other. */
  readonly backbone: Backbone;
  readonly prompt: Int32Array;
  /** Cells to write after the prompt. */
  readonly canvasLength: number;
  /** What stands after the canvas, for infilling. */
  readonly suffix?: Int32Array;
  /** Cells of the canvas that are given; positions count from the prompt's first token. */
  readonly fixed?: readonly { readonly position: number; readonly id: number }[];
  /** The canvas is filled block by block, left to right; divides `canvasLength`, which it is by default. */
  readonly blockLength?: number;
  /** Planned forward passes, the same number for each block; by default one for each cell. */
  readonly steps?: number;
  /** By default `lowConfidence`. */
  readonly policy?: UnmaskingPolicy;
  /** Present where tokens that are written may be replaced by what the model then says there; never those of `fixed`. */
  readonly editing?: Editing;
  /** Of every proposal; by default 0, the most probable token. */
  readonly temperature?: number;
  readonly seed: number;
  /** Emit what each pass proposed for the cells that are open still, and the model's doubt, save those that were masked again just now. */
  readonly draft?: boolean;
  /** Stop once an end token and all before it are written, which leaves the answer as it is. By default true. */
  readonly stopAtEnd?: boolean;
  readonly signal?: AbortSignal;
  readonly clock: Clock;
}

/**
 * Writes a text by masked diffusion: from a canvas of masks, each forward pass proposes a token for every open cell and
 * the policy commits some of them (LLaDA, arXiv:2502.09992, section 2.4 and its published `generate`). Two settings are
 * told apart from LLaDA's: the mask token is never written, and ties go to the lowest position.
 *
 * A number drawn depends on the seed, the step of the pass and the position alone. Sampling that draws from few tokens
 * (temperature 0, or `topK`) moves only those out of the model; otherwise the model draws.
 *
 * @returns events; the result's ids end before the first end token, or before the first open cell when aborted.
 * @throws PalimpsestError or SamplingError before any pass when an option does not fit the backbone.
 */
export function generateMaskedDiffusion(options: MaskedDiffusionOptions): Generation {
  uniformAt(options.seed, 0); // a bad seed is an error now, not in the middle of the text
  return generate(options, planGeneration(options));
}

async function* generate(options: MaskedDiffusionOptions, plan: Plan): Generation {
  const { backbone, prompt, seed, draft = false, stopAtEnd = true, signal, clock } = options;
  const { canvas, blocks, stepsPerBlock, policy, sampling, editing } = plan;
  const meter = costMeter(clock);
  const finished = (): boolean => stopAtEnd && answerOf(canvas, backbone.vocabulary.end).ended;
  let stateBytes = 0;
  let aborted = false;
  try {
    signal?.throwIfAborted();
    await using context = await meter.wait(backbone.open(signal && { signal }));
    stateBytes = context.stateBytes;
    const read = beliefReader(sampling, seed);
    const run = { canvas, stepsPerBlock, ask: lookAtCanvas(context, plan, backbone, read, meter), policy, meter, seed, draft, finished };
    let step = 0;
    for (const [block, range] of blocks.entries()) {
      if (finished()) break;
      yield { type: 'block-start', block, range };
      const start = blocks[Math.max(0, block - (editing?.finishedBlocks ?? 0))]!.start;
      ({ step } = yield* fillBlock({ ...run, ...(editing && { editing: { ...editing, start } }) }, range, step));
      yield { type: 'block-end', block };
    }
  } catch (error) {
    if (!signal?.aborted || error !== signal.reason) throw error;
    aborted = true;
  }
  const { ids, ended } = answerOf(canvas, backbone.vocabulary.end);
  const reason: FinishReason = aborted ? 'aborted' : ended ? 'end-token' : 'length';
  const usage = meter.usage({ promptTokens: prompt.length, generatedTokens: ids.length, stateBytes });
  yield { type: 'finish', reason, usage };
  return { ids, reason, usage };
}

/** One forward pass over the whole canvas. */
const lookAtCanvas = (context: Context, { canvas: { tokens } }: Plan, { prediction }: Backbone, read: Reader, meter: CostMeter): ReverseProcess['ask'] =>
  async (cells, step) => {
    const belief = await meter.wait(read((given, want) => context.score(given, want), tokens, { cells, step, ...predictionRows(prediction, cells) }));
    meter.countPass(tokens.length);
    return belief();
  };
