import { PalimpsestError } from '@palimpsest/backbone';
import type { Backbone, Context } from '@palimpsest/backbone';
import { forEachBlock, withContexts } from './blocks.js';
import type { ReadText, ScoredBlock } from './blocks.js';
import { checkTexts, givenOf, likelihoodOf } from './likelihood.js';
import type { Likelihood, ScoredText, TextLikelihood } from './likelihood.js';

export interface LeftToRightOptions {
  /** With a mask token; of any visibility. */
  readonly backbone: Backbone;
  readonly texts: readonly ScoredText[];
  /** Passes that are asked for together; 16 when absent. */
  readonly together?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (texts: number) => void;
}

/**
 * The exact negative log-likelihood of texts under a masked model that is filled from the left, one token to a pass: each token is asked of a
 * pass in which it and all behind it are masked, up to the end of its block. Unlike the bound it speaks of one order of writing, and can
 * be put beside an autoregressive model's; with blocks of one it is that.
 *
 * A pass to a token, over its whole block. Probability that the model gives to the mask token counts as lost.
 *
 * @throws PalimpsestError when the backbone has no mask token or a text does not fit; the signal's reason when it aborts.
 */
export async function leftToRight({ backbone, texts, together = 16, signal, onProgress }: LeftToRightOptions): Promise<Likelihood> {
  const { mask } = backbone.vocabulary;
  if (mask === undefined) {
    throw new PalimpsestError({ where: 'leftToRight', expected: 'a backbone whose vocabulary has a mask token', got: 'one without', hint: 'For an autoregressive model take perplexity.' });
  }
  checkTexts('leftToRight', backbone, texts);
  const results: TextLikelihood[] = [];
  for (const [index, text] of texts.entries()) {
    const contextCount = Math.min(together, backbone.visibility.blockSize, text.tokens.length);
    results.push(await withContexts(backbone, contextCount, signal, (contexts) => likelihoodOfText({ backbone, text, contexts }, mask)));
    onProgress?.(index + 1);
  }
  return likelihoodOf('exact', results);
}

async function likelihoodOfText(read: ReadText, mask: number): Promise<TextLikelihood> {
  const { text, contexts } = read;
  let nats = 0;
  await forEachBlock(read, async (scored) => {
    const cells = Array.from(scored.eligible.keys()).filter((cell) => scored.eligible[cell] === 1);
    for (let done = 0; done < cells.length; done += contexts.length) {
      const asked = cells.slice(done, done + contexts.length).map((cell, place) => cellNats(read, scored, cell, mask, contexts[place]!));
      for (const value of await Promise.all(asked)) nats += value;
    }
  });
  return { tokens: text.tokens.length - givenOf(text), nats, standardError: 0 };
}

async function cellNats({ backbone, text }: ReadText, { block, first }: ScoredBlock, cell: number, mask: number, context: Context): Promise<number> {
  const shift = backbone.prediction === 'next' ? 1 : 0;
  if (cell < shift && first !== undefined) return -first; // its row lies in the block before
  const tokens = text.tokens.slice(block.start, block.end);
  const target = tokens[cell]!;
  tokens.fill(mask, cell);
  const { logProbabilities } = await context.score(tokens, { rows: Int32Array.of(cell - shift), give: 'targets', targets: Int32Array.of(target) });
  return -logProbabilities[0]!;
}
