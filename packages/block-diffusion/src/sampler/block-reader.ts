import { PalimpsestError } from '@palimpsest/backbone';
import type { Backbone, Context, CostMeter } from '@palimpsest/backbone';
import { FIXED, predictionRows } from '@palimpsest/diffusion/reverse-process';
import type { Ask, Belief, Canvas, Reader, ReverseProcess } from '@palimpsest/diffusion/reverse-process';

/** A committed prefix and the block behind it. */
export interface BlockReader extends AsyncDisposable {
  /** Bytes that the prefix holds. */
  readonly stateBytes: () => number;
  /** What the model says of cells of the block that ends at `end`. Nothing is kept. */
  readonly ask: (end: number) => ReverseProcess['ask'];
  /** Makes everything up to `end` the prefix, by adding to it or by forgetting the rest; it is from now on the text from `base` on: another one where it was not. */
  readonly commit: (end: number, base: number) => Promise<void>;
}

interface Reading {
  readonly backbone: Backbone;
  readonly canvas: Canvas;
  /** A context for the text from a position on. */
  readonly open: (base: number) => Promise<Context>;
  readonly needs: Needs;
  readonly read: Reader;
  readonly meter: CostMeter;
}

/** What contexts have to be able to do beside looking. */
export interface Needs {
  readonly append: boolean;
  readonly rewind: boolean;
}

/**
 * In a shifted model the row before a block lies in the prefix. It says what the block's first token is as soon as the prefix is
 * committed, whatever the block holds: it is read then, and stands (as in Fast-dLLM v2). Its random number is that of an autoregressive
 * decoder, which has the same passes where a block is one token.
 *
 * @throws PalimpsestError before any pass where contexts cannot do what is needed.
 */
export async function openBlockReader({ backbone, canvas, open, needs, read, meter }: Reading): Promise<BlockReader> {
  const { tokens, state } = canvas;
  let from = 0;
  let context = await meter.wait(open(from));
  const lack = lackOf(backbone, context, needs);
  if (lack !== undefined) {
    await context[Symbol.asyncDispose]();
    throw lack;
  }
  const committed = (): number => from + context.length;
  const firsts = new Map<number, Belief>(); // of the cell behind a prefix, by its position
  const pass = async (verb: Ask, length: number, cells: Int32Array, rows: { readonly rows: Int32Array; readonly slots: Int32Array }, step: number): Promise<Belief> => {
    const start = committed();
    const belief = await meter.wait(read(verb, tokens.subarray(start, start + length), { cells, ...rows, step }));
    meter.countPass(length);
    return belief();
  };
  return {
    stateBytes: () => context.stateBytes,
    [Symbol.asyncDispose]: () => context[Symbol.asyncDispose](),
    ask: (end) => async (cells, step) => {
      const start = committed();
      const known = cells[0] === start ? firsts.get(start) : undefined;
      const asked = known === undefined ? cells : cells.subarray(1);
      const score: Ask = (given, want) => context.score(given, want);
      const belief = asked.length === 0 ? undefined : await pass(score, end - start, asked, predictionRows(backbone.prediction, asked.map((cell) => cell - start)), step);
      return known === undefined ? belief! : behind(known, belief);
    },
    commit: async (end, base) => {
      if (base !== from) {
        await context[Symbol.asyncDispose]();
        context = await meter.wait(open((from = base)));
      }
      const length = end - committed();
      if (length < 0) await meter.wait(context.rewind!(end - from)); // needed, and so there
      if (length <= 0) return;
      const shifted = backbone.prediction === 'next' && state[end] !== FIXED;
      const cells = shifted ? Int32Array.of(end) : new Int32Array();
      const rows = { rows: shifted ? Int32Array.of(length - 1) : new Int32Array(), slots: new Int32Array(cells.length) };
      const belief = await pass(context.append!, length, cells, rows, meter.passes() + 1);
      if (shifted) firsts.set(end, belief);
    },
  };
}

/** What is known of the first cell, then what was said of the others. */
function behind(first: Belief, others: Belief | undefined): Belief {
  if (others === undefined) return first;
  const proposals = new Int32Array(1 + others.proposals.length);
  proposals.set(first.proposals);
  proposals.set(others.proposals, 1);
  const of = (measure: 'probability' | 'margin' | 'entropy') => (index: number): number => (index === 0 ? first[measure](0) : others[measure](index - 1));
  return { proposals, probability: of('probability'), margin: of('margin'), entropy: of('entropy') };
}

function lackOf({ visibility }: Backbone, { append, rewind }: Context, needs: Needs): PalimpsestError | undefined {
  const where = 'generateBlockDiffusion';
  if (needs.append && append === undefined) {
    const hint = 'Give it no blockSize, for one block.';
    return new PalimpsestError({ where, expected: 'a backbone whose contexts can be appended to', got: `a context without append, under ${visibility.name} visibility`, hint });
  }
  if (needs.rewind && rewind === undefined) return withoutRewind('it has no rewind');
  return undefined;
}

/** Said of a backbone whose finished blocks were to be edited. */
export const withoutRewind = (got: string): PalimpsestError => new PalimpsestError({
  where: 'generateBlockDiffusion: editing', expected: 'contexts that can be rewound, for blocks that are finished', got: `one that cannot: ${got}`,
  hint: 'Leave finishedBlocks out: a block can be edited in any model while it is written.',
});
