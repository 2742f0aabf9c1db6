import { PalimpsestError } from '@palimpsest/backbone';
import type { Backbone, Context } from '@palimpsest/backbone';
import { corruptExactly, stratifiedMaskCounts } from '@palimpsest/diffusion';
import { forEachBlock, withContexts } from './blocks.js';
import type { ReadText, ScoredBlock } from './blocks.js';
import { checkTexts, givenOf, likelihoodOf } from './likelihood.js';
import type { Likelihood, ScoredText, TextLikelihood } from './likelihood.js';

export interface NelboOptions {
  /** With a mask token; of any visibility. */
  readonly backbone: Backbone;
  readonly texts: readonly ScoredText[];
  /** Random maskings of each text, or of each block of it; a multiple of `group`, at least twice it; 128 when absent. */
  readonly draws?: number;
  /** Draws whose mask counts are spread evenly and which are asked for together; 16 when absent, as in LLaDA's code. */
  readonly group?: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (texts: number) => void;
}

/**
 * An upper bound on the negative log-likelihood of texts under masked diffusion, by Monte Carlo: of n scored tokens, mask l, uniform on
 * 1 to n; then n / l times the summed cross-entropy of the masked ones is an unbiased estimate of the bound (LLaDA, arXiv:2502.09992,
 * section 2.4, in the form of lower variance with an exact count). Under block-causal visibility the bounds of the blocks add up, each
 * after the clean blocks before it (BD3-LM, arXiv:2503.09573, section 3); with blocks of one it is the exact likelihood.
 *
 * The standard error comes from the spread of the groups, which are independent. Probability that the model gives to the mask token counts
 * as lost. Draws depend on the seed and the place of a text in the list, nothing else.
 *
 * @throws PalimpsestError when the backbone has no mask token, the draws do not divide, or a text does not fit; the signal's reason when it aborts.
 */
export async function nelbo(options: NelboOptions): Promise<Likelihood> {
  const { backbone, texts, draws = 128, group = 16, seed, signal, onProgress } = options;
  const { mask } = backbone.vocabulary;
  if (mask === undefined) {
    throw new PalimpsestError({ where: 'nelbo', expected: 'a backbone whose vocabulary has a mask token', got: 'one without', hint: 'For an autoregressive model take perplexity, which is exact.' });
  }
  if (!(Number.isInteger(group) && group >= 1 && draws % group === 0 && draws >= 2 * group)) {
    throw new PalimpsestError({ where: 'nelbo', expected: `draws in two or more groups of ${group}`, got: String(draws), hint: 'The standard error comes from the spread of groups.' });
  }
  checkTexts('nelbo', backbone, texts);
  const contextCount = backbone.visibility.blockSize === 1 ? 1 : group; // a block of one can be masked in one way only
  const results: TextLikelihood[] = [];
  for (const [index, text] of texts.entries()) {
    results.push(await withContexts(backbone, contextCount, signal, (contexts) => boundOf({ backbone, text, index, mask, draws, seed, contexts })));
    onProgress?.(index + 1);
  }
  return likelihoodOf('upper-bound', results);
}

interface TextTask extends ReadText {
  /** Its place in the list. */
  readonly index: number;
  readonly mask: number;
  readonly draws: number;
  readonly seed: number;
  // `contexts`: one for each draw of a group
}

type BlockTask = TextTask & ScoredBlock;

async function boundOf(task: TextTask): Promise<TextLikelihood> {
  let nats = 0;
  let variance = 0;
  await forEachBlock(task, async (block) => {
    const bound = await blockBound({ ...task, ...block });
    nats += bound.mean;
    variance += bound.variance;
  });
  return { tokens: task.text.tokens.length - givenOf(task.text), nats, standardError: Math.sqrt(variance) };
}

/** Mean over the draws of a block's estimates, and the variance of that mean. */
async function blockBound(task: BlockTask): Promise<{ readonly mean: number; readonly variance: number }> {
  const { contexts, draws, seed, index, blockIndex, scored } = task;
  if (scored === 1) return { mean: await drawEstimate(task, contexts[0]!, 1, 0), variance: 0 }; // one way to mask one token
  const groups = draws / contexts.length;
  const means: number[] = [];
  for (let group = 0; group < groups; group++) {
    // fewer coordinates than the maskings have, so that no number serves for both
    const counts = stratifiedMaskCounts(scored, contexts.length, seed, index, blockIndex * groups + group);
    const estimates = await Promise.all(contexts.map((context, place) => drawEstimate(task, context, counts[place]!, group * contexts.length + place)));
    means.push(meanOf(estimates));
  }
  const mean = meanOf(means);
  const squares = means.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, variance: squares / (groups * (groups - 1)) };
}

async function drawEstimate(task: BlockTask, context: Context, count: number, draw: number): Promise<number> {
  const { backbone, text, mask, seed, index, blockIndex, block, eligible, scored, first } = task;
  const clean = text.tokens.subarray(block.start, block.end);
  const { tokens, masked } = corruptExactly({ tokens: clean, mask, count, eligible, seed, coordinates: [index, blockIndex, draw] });
  const shift = backbone.prediction === 'next' ? 1 : 0;
  const cells = Int32Array.from(masked.keys()).filter((cell) => masked[cell] === 1);
  const inside = cells.filter((cell) => cell >= shift);
  const carried = inside.length < cells.length ? first! : 0; // a masked first cell of a shifted model, whose row lies in the block before
  const targets = inside.map((cell) => clean[cell]!);
  const { logProbabilities } = await context.score(tokens, { rows: inside.map((cell) => cell - shift), give: 'targets', targets });
  return -(scored / count) * logProbabilities.reduce((sum, value) => sum + value, carried);
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
