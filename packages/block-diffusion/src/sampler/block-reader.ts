import { PalimpsestError } from '@palimpsest/backbone';
import type { Backbone, Context, CostMeter, Range } from '@palimpsest/backbone';
import { beliefAbout, FIXED, predictionRows } from '@palimpsest/diffusion/reverse-process';
import type { Ask, Belief, Canvas, Reader, ReverseProcess } from '@palimpsest/diffusion/reverse-process';
import { joinBeliefs } from './beliefs.js';

/** A committed prefix and the block behind it. */
export interface BlockReader extends AsyncDisposable {
  /**
   * What the model says of cells of a block. Nothing is kept that `commit` does not forget.
   *
   * @param partSize present where cells of one part are asked about until it is full, and the others, from the part's second look on, stand as its first one saw them:
   * a part is then looked at alone.
   */
  readonly ask: (block: Range, partSize?: number) => ReverseProcess['ask'];
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
  /** Told of the bytes that the prefix holds, and a block that stands behind it. */
  readonly onCommit: (bytes: number) => void;
}

/** What contexts have to be able to do beside looking. */
export interface Needs {
  readonly append: boolean;
  readonly rewind: boolean;
  readonly rescore: boolean;
}

/** As `ask`, of cells of which one before them may be open, too: the first that is. */
type AskFrom = (open: number, ...asked: Parameters<ReverseProcess['ask']>) => ReturnType<ReverseProcess['ask']>;

/** Which of the tokens from `start` up to `end` are read for which cells. */
interface Look {
  readonly verb: Ask;
  readonly start: number;
  readonly end: number;
  readonly cells: Int32Array;
  readonly step: number;
}

/**
 * In a shifted model the row before a block lies in the prefix. It says what the block's first token is as soon as the prefix is
 * committed, whatever the block holds: it is read then, and stands (as in Fast-dLLM v2). Its random number is that of an autoregressive
 * decoder, which has the same passes where a block is one token.
 *
 * @throws PalimpsestError before any pass where contexts cannot do what is needed.
 */
export async function openBlockReader({ backbone, canvas, open, needs, read, meter, onCommit }: Reading): Promise<BlockReader> {
  const { tokens, state } = canvas;
  const shifted = backbone.prediction === 'next';
  let from = 0;
  let prefix = 0;
  let context = await meter.wait(open(from));
  const lack = lackOf(backbone, context, needs);
  if (lack !== undefined) {
    await context[Symbol.asyncDispose]();
    throw lack;
  }
  const firsts = new Map<number, Belief>(); // of the cell behind a prefix, by its position
  const pass = async ({ verb, start, end, cells, step }: Look): Promise<Belief> => {
    const { rows, slots } = predictionRows(backbone.prediction, cells.map((cell) => cell - start));
    const belief = await meter.wait(read(verb, tokens.subarray(start, end), { cells, rows, slots, step }));
    meter.countPass(end - start);
    return belief();
  };
  /** Forgets what stands behind a position: cells of a block that is being written, or blocks. */
  const cutTo = async (position: number): Promise<void> => {
    if (from + context.length > position) await meter.wait(context.rewind!(position - from)); // needed, and so there
  };

  const score: Ask = (given, want) => context.score(given, want);
  const append: Ask = (given, want) => context.append!(given, want); // needed, and so there, as is the next
  const rescore = (start: number): Ask => (given, want) => context.rescore!(start - from, given, want);

  /** Looks at all of a block. */
  const whole = (end: number): AskFrom => (_, cells, step) => pass({ verb: score, start: prefix, end, cells, step });
  /** The first look at each part is at all of the block, which then stands behind the prefix until the next part is begun; those that follow are at the part alone. */
  const inParts = (block: Range, size: number): AskFrom => {
    let seen: { readonly start: number; readonly cells: Int32Array; readonly belief: Belief } | undefined;
    return async (open, cells, step) => {
      const start = open - ((open - block.start) % size);
      const end = Math.min(start + size, block.end);
      if (seen?.start !== start) {
        await cutTo(prefix);
        seen = { start, cells, belief: await pass({ verb: append, start: prefix, end: block.end, cells, step }) };
        onCommit(context.stateBytes);
        return seen.belief;
      }
      const others = beliefAbout(seen.belief, seen.cells, (cell) => cell >= end);
      const asked = cells.filter((cell) => cell < end);
      if (asked.length === 0) return others;
      const first = shifted && asked[0] === start && start > prefix ? start - 1 : start; // the row that says what the first cell is
      return joinBeliefs([await pass({ verb: rescore(first), start: first, end, cells: asked, step }), others]);
    };
  };
  return {
    [Symbol.asyncDispose]: () => context[Symbol.asyncDispose](),
    ask: (block, partSize) => {
      const look = partSize === undefined ? whole(block.end) : inParts(block, partSize);
      return async (cells, step) => {
        const known = cells[0] === prefix ? firsts.get(prefix) : undefined;
        if (known === undefined) return look(cells[0]!, cells, step);
        return cells.length === 1 ? known : joinBeliefs([known, await look(cells[0]!, cells.subarray(1), step)]);
      };
    },
    commit: async (end, base) => {
      if (base !== from) {
        await context[Symbol.asyncDispose]();
        context = await meter.wait(open((from = prefix = base)));
      }
      await cutTo(Math.min(prefix, end));
      const start = from + context.length;
      prefix = end;
      if (start === end) return onCommit(context.stateBytes);
      const cells = shifted && state[end] !== FIXED ? Int32Array.of(end) : new Int32Array();
      const belief = await pass({ verb: append, start, end, cells, step: meter.passes() + 1 });
      if (cells.length > 0) firsts.set(end, belief);
      onCommit(context.stateBytes);
    },
  };
}

function lackOf({ visibility }: Backbone, { append, rewind, rescore }: Context, needs: Needs): PalimpsestError | undefined {
  const where = 'generateBlockDiffusion';
  if (needs.append && append === undefined) {
    const hint = 'Give it no blockSize, for one block.';
    return new PalimpsestError({ where, expected: 'a backbone whose contexts can be appended to', got: `a context without append, under ${visibility.name} visibility`, hint });
  }
  if (needs.rescore && (rescore === undefined || rewind === undefined)) return withoutRescore(`it has no ${rewind === undefined ? 'rewind' : 'rescore'}`);
  if (needs.rewind && rewind === undefined) return withoutRewind('it has no rewind');
  return undefined;
}

/** Said of a backbone whose finished blocks were to be edited. */
export const withoutRewind = (got: string): PalimpsestError => new PalimpsestError({
  where: 'generateBlockDiffusion: editing', expected: 'contexts that can be rewound, for blocks that are finished', got: `one that cannot: ${got}`,
  hint: 'Leave finishedBlocks out: a block can be edited in any model while it is written.',
});

/** Said of a backbone whose parts of blocks were to be looked at alone. */
export const withoutRescore = (got: string): PalimpsestError => new PalimpsestError({
  where: 'generateBlockDiffusion: dualCache', expected: 'contexts that can look at a part of a block beside the rest as it was', got: `one that cannot: ${got}`,
  hint: 'Leave it out: subBlocks writes a block in the same parts, with exact looks.',
});
