import { PalimpsestError } from '@palimpsest/backbone';
import type { Backbone, Context, CostMeter } from '@palimpsest/backbone';
import { OPEN, predictionRows } from '@palimpsest/diffusion/reverse-process';
import type { Ask, Belief, Canvas, Reader, ReverseProcess } from '@palimpsest/diffusion/reverse-process';

/** A committed prefix and the block behind it. */
export interface BlockReader extends AsyncDisposable {
  /** Bytes that the prefix holds. */
  readonly stateBytes: () => number;
  /** What the model says of cells of the block that ends at `end`. Nothing is kept. */
  readonly ask: (end: number) => ReverseProcess['ask'];
  /** Adds everything up to `end` to the prefix, which is from now on the text from `base` on: another one where it was not. */
  readonly commit: (end: number, base: number) => Promise<void>;
}

interface Reading {
  readonly backbone: Backbone;
  readonly canvas: Canvas;
  /** A context for the text from a position on. */
  readonly open: (base: number) => Promise<Context>;
  readonly read: Reader;
  readonly meter: CostMeter;
}

/**
 * In a shifted model the row before a block lies in the prefix. It says what the block's first token is as soon as the prefix is
 * committed, whatever the block holds: it is read then, and stands (as in Fast-dLLM v2). Its random number is that of an autoregressive
 * decoder, which has the same passes where a block is one token.
 */
export async function openBlockReader({ backbone, canvas, open, read, meter }: Reading): Promise<BlockReader> {
  const { tokens, state } = canvas;
  let from = 0;
  let context = await meter.wait(open(from));
  const committed = (): number => from + context.length;
  let first: Belief | undefined; // of the first cell behind the prefix
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
      const known = first !== undefined && cells[0] === start ? first : undefined;
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
      const shifted = backbone.prediction === 'next' && state[end] === OPEN;
      const cells = shifted ? Int32Array.of(end) : new Int32Array();
      const rows = { rows: shifted ? Int32Array.of(length - 1) : new Int32Array(), slots: new Int32Array(cells.length) };
      const belief = await pass(appendOf(backbone, context), length, cells, rows, meter.passes() + 1);
      first = shifted ? belief : undefined;
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

/** Said when something is to be committed: a text of one block never is. */
const appendOf = ({ visibility }: Backbone, { append }: Context): Ask => append ?? (async () => {
  const hint = 'Give it no blockSize, for one block.';
  throw new PalimpsestError({ where: 'generateBlockDiffusion', expected: 'a backbone whose contexts can be appended to', got: `a context without append, under ${visibility.name} visibility`, hint });
});
