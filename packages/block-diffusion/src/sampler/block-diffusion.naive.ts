import type { Backbone } from '@palimpsest/backbone';
import type { StepView, UnmaskingPolicy } from '@palimpsest/diffusion';
import { categoricalSampler, margin, negativeEntropy, parseSampling, uniformAt } from '@palimpsest/sampling';
import type { SamplingSettings, TokenChoice } from '@palimpsest/sampling';

interface NaiveOptions extends SamplingSettings {
  readonly backbone: Backbone;
  readonly prompt: readonly number[];
  readonly maximumTokens: number;
  readonly blockSize: number;
  /** Tokens of the prompt that are whole blocks. */
  readonly committed: number;
  readonly window?: { readonly tokens: number; readonly keep: number };
  readonly stepsPerBlock: number;
  readonly policy: UnmaskingPolicy;
  readonly editing?: { readonly threshold: number; readonly looks: number; readonly finishedBlocks: number };
  readonly seed: number;
}

/** Positions that were masked again, or written with these ids. */
export type Change = { readonly revoked: readonly number[] } | { readonly written: readonly number[]; readonly ids: readonly number[] };

export interface NaiveText {
  /** In order. */
  readonly changes: readonly Change[];
  /** As many as are needed with a prefix that is kept. */
  readonly passes: number;
}

/**
 * The same texts without a prefix that is kept and without a reduced answer: every look runs over the whole text up to the end of the block,
 * in a context of its own, for all logits.
 */
export async function generateNaive(options: NaiveOptions): Promise<NaiveText> {
  const { backbone, prompt, maximumTokens, blockSize, committed, window, stepsPerBlock, policy, editing, seed } = options;
  const { size, mask } = backbone.vocabulary;
  const sample = categoricalSampler(parseSampling({ ...options, banned: [...(options.banned ?? []), mask!] }, size), seed);
  const length = prompt.length + maximumTokens;
  const text = [...prompt, ...new Array<number>(maximumTokens).fill(mask!)];
  const open = text.map((_, position) => position >= prompt.length);
  const committedProbability = new Map<number, number>();
  const changes: Change[] = [];
  let [passes, step, base, prefix] = [0, 0, 0, 0];
  const passOfPrefix = new Map<number, number>(); // by where the prefix ends
  const settled = new Map<number, boolean>(); // by where a block starts
  const write = (choices: readonly TokenChoice[], cells: readonly number[], positions: readonly number[]): void => {
    for (const position of positions) {
      const { id, probability } = choices[cells.indexOf(position)]!;
      [text[position], open[position]] = [id, false];
      committedProbability.set(position, probability);
    }
  };
  const movePrefix = (to: number): void => {
    if (to > prefix) passOfPrefix.set(to, ++passes);
    prefix = to;
  };
  /** Fills a block that starts there; one that is full is looked at for something to edit. Says whether anything changed. */
  const fill = async (start: number): Promise<boolean> => {
    const end = Math.min(start + blockSize, length);
    const positions = Array.from({ length: end - start }, (_, index) => start + index);
    const isRowOfPrefix = (position: number): boolean => backbone.prediction === 'next' && position === start && start > 0;
    const cells = positions.filter((position) => open[position]).length;
    let [logits, stepOfLook, planned, looks, changed]: [readonly Float32Array[] | undefined, number, number, number, boolean] = [undefined, 0, 0, 0, false];
    for (;; step++) {
      const stillOpen = positions.filter((position) => open[position]);
      const written = positions.filter((position) => position >= prompt.length && !open[position]);
      const full = stillOpen.length === 0;
      if (full && (editing === undefined || settled.get(start) || looks === editing.looks)) return changed;
      const asked = [...stillOpen, ...(editing === undefined ? [] : written)].sort((a, b) => a - b);
      if (logits === undefined) {
        logits = await rowsOf(backbone, text.slice(base, end), base === 0 ? committed : 0);
        stepOfLook = step;
        if (asked.some((position) => !isRowOfPrefix(position))) passes++;
      }
      const row = (position: number): Float32Array => logits![backbone.prediction === 'next' ? Math.max(0, position - base - 1) : position - base]!;
      const choices = asked.map((position) => sample(row(position), isRowOfPrefix(position) ? passOfPrefix.get(start)! : stepOfLook, position));
      const choiceAt = (position: number): TokenChoice => choices[asked.indexOf(position)]!;
      const now = step;
      const view: StepView = {
        block: { start: Math.max(start, prompt.length), end }, step: planned, steps: stepsPerBlock,
        quota: planned < stepsPerBlock ? Math.floor(cells / stepsPerBlock) + (planned < cells % stepsPerBlock ? 1 : 0) : stillOpen.length,
        open: Int32Array.from(stillOpen), revealed: Int32Array.from(written), committedProbability: (index) => committedProbability.get(written[index]!)!,
        proposals: Int32Array.from(stillOpen, (position) => choiceAt(position).id), probability: (index) => choiceAt(stillOpen[index]!).probability,
        margin: (index) => margin(row(stillOpen[index]!), choiceAt(stillOpen[index]!).id), entropy: (index) => -negativeEntropy(row(stillOpen[index]!), choiceAt(stillOpen[index]!).id),
        chance: (position) => uniformAt(seed, now, position, 0),
      };
      const { commit, revoke = [] } = full ? { commit: [] } : policy.decide(view);
      const edits = editing === undefined ? [] : written.filter((position) =>
        !revoke.includes(position) && choiceAt(position).id !== text[position] && choiceAt(position).probability > editing.threshold);
      for (const position of revoke) [text[position], open[position]] = [mask!, true];
      write(choices, asked, [...commit, ...edits]);
      if (full) looks++;
      else planned++;
      const [erased, all] = [[...revoke, ...edits], [...commit, ...edits]];
      settled.set(start, full && edits.length === 0);
      if (all.length + erased.length === 0) continue;
      if (erased.length > 0) changes.push({ revoked: erased });
      if (all.length > 0) changes.push({ written: all, ids: all.map((position) => text[position]!) });
      [logits, changed] = [undefined, true];
    }
  };
  for (let start = committed; start < length; start += blockSize) {
    const end = Math.min(start + blockSize, length);
    if (window !== undefined && end - base > window.tokens) { // forget whole blocks of the model's until no more than is kept is left
      const first = base === 0 ? committed % backbone.visibility.blockSize : 0; // the block that may be shorter
      if (first > 0) base += first;
      while (start - base > window.keep) base += backbone.visibility.blockSize;
    }
    movePrefix(start);
    await fill(start);
    const range = Array.from({ length: (editing?.finishedBlocks ?? 0) + 1 }, (_, index) => start - index * blockSize).reverse().filter((earlier) => earlier >= committed);
    let changed = false;
    for (const earlier of range) {
      if (!changed && (earlier === start || settled.get(earlier))) continue;
      movePrefix(earlier);
      settled.set(earlier, false); // what stands before it is another text
      if (await fill(earlier)) changed = true;
    }
  }
  return { changes, passes };
}

/** Blocks end where what is committed does. */
async function rowsOf(backbone: Backbone, text: readonly number[], committed: number): Promise<readonly Float32Array[]> {
  const { blockSize } = backbone.visibility;
  const firstBlock = blockSize === Infinity ? 0 : committed % blockSize;
  await using context = await backbone.open(firstBlock === 0 ? {} : { firstBlock });
  const { logits } = await context.score(Int32Array.from(text), { give: 'logits' });
  const { size } = backbone.vocabulary;
  return text.map((_, row) => logits.slice(row * size, (row + 1) * size));
}
