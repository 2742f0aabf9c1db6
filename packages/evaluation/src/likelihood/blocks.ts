import { PalimpsestError } from '@palimpsest/backbone';
import type { Backbone, Context, Range } from '@palimpsest/backbone';
import { givenOf } from './likelihood.js';
import type { ScoredText } from './likelihood.js';

/** A text that is read block by block. */
export interface ReadText {
  readonly backbone: Backbone;
  readonly text: ScoredText;
  /** All of them read the same. */
  readonly contexts: readonly Context[];
}

/** A block with something to score, the clean ones before it being read. */
export interface ScoredBlock {
  readonly block: Range;
  readonly blockIndex: number;
  /** 1 where a token of the block is scored. */
  readonly eligible: Uint8Array;
  /** How many of them. */
  readonly scored: number;
  /** Log-probability of the block's first token by the row before it, in a shifted model. */
  readonly first: number | undefined;
}

/** `count` contexts while `use` lasts. */
export async function withContexts<T>(backbone: Backbone, count: number, signal: AbortSignal | undefined, use: (contexts: readonly Context[]) => Promise<T>): Promise<T> {
  const contexts: Context[] = [];
  try {
    for (let opened = 0; opened < count; opened++) contexts.push(await backbone.open(signal && { signal }));
    return await use(contexts);
  } finally {
    await Promise.all(contexts.map((context) => context[Symbol.asyncDispose]()));
  }
}

/**
 * The blocks of a text in order, each committed to all contexts once `visit` is done with it; without block-causal visibility the text is one block.
 *
 * @throws PalimpsestError where there are several and contexts cannot be appended to.
 */
export async function forEachBlock(read: ReadText, visit: (block: ScoredBlock) => Promise<void>): Promise<void> {
  const { backbone, text } = read;
  const { length } = text.tokens;
  const given = givenOf(text);
  const blockSize = Math.min(backbone.visibility.blockSize, length);
  let first: number | undefined;
  for (let start = 0, blockIndex = 0; start < length; start += blockSize, blockIndex++) {
    const block = { start, end: Math.min(start + blockSize, length) };
    const eligible = Uint8Array.from({ length: block.end - start }, (_, index) => (start + index >= given ? 1 : 0));
    const scored = Math.max(0, block.end - Math.max(start, given));
    if (scored > 0) await visit({ block, blockIndex, eligible, scored, first });
    if (block.end < length) first = await commitBlock(read, block);
  }
}

/** Appends a clean block to every context. @returns the log-probability of the token behind it, where its last row predicts that. */
async function commitBlock({ backbone, text: { tokens }, contexts }: ReadText, { start, end }: Range): Promise<number | undefined> {
  const shifted = backbone.prediction === 'next';
  const rows = shifted ? Int32Array.of(end - start - 1) : Int32Array.of();
  const targets = shifted ? tokens.subarray(end, end + 1) : Int32Array.of();
  const [scores] = await Promise.all(contexts.map(({ append }) => {
    if (append) return append(tokens.subarray(start, end), { rows, give: 'targets', targets });
    throw new PalimpsestError({ where: 'likelihood', expected: 'contexts that can be appended to, for a text of several blocks', got: `none under ${backbone.visibility.name} visibility` });
  }));
  return scores?.logProbabilities[0];
}
