import type { Backbone } from '@palimpsest/backbone';
import type { StepView, UnmaskingPolicy } from '@palimpsest/diffusion';
import { categoricalSampler, margin, negativeEntropy, parseSampling, uniformAt } from '@palimpsest/sampling';
import type { SamplingSettings } from '@palimpsest/sampling';

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
  readonly seed: number;
}

/** Positions that were masked again, or written with these ids. */
export type Change = { readonly revoked: readonly number[] } | { readonly written: readonly number[]; readonly ids: readonly number[] };

/**
 * The same texts without a prefix that is kept and without a reduced answer: every look runs over the whole text up to the end of the block,
 * in a context of its own, for all logits.
 *
 * @returns what was changed, in order.
 */
export async function generateNaive(options: NaiveOptions): Promise<readonly Change[]> {
  const { backbone, prompt, maximumTokens, blockSize, committed, window, stepsPerBlock, policy, seed } = options;
  const { size, mask } = backbone.vocabulary;
  const sample = categoricalSampler(parseSampling({ ...options, banned: [...(options.banned ?? []), mask!] }, size), seed);
  const length = prompt.length + maximumTokens;
  const text = [...prompt, ...new Array<number>(maximumTokens).fill(mask!)];
  const open = text.map((_, position) => position >= prompt.length);
  const committedProbability = new Map<number, number>();
  const changes: Change[] = [];
  let passes = 0;
  let step = 0;
  let base = 0;
  for (let start = committed; start < length; start += blockSize) {
    const end = Math.min(start + blockSize, length);
    if (window !== undefined && end - base > window.tokens) { // forget whole blocks of the model's until no more than is kept is left
      const first = base === 0 ? committed % backbone.visibility.blockSize : 0; // the block that may be shorter
      if (first > 0) base += first;
      while (start - base > window.keep) base += backbone.visibility.blockSize;
    }
    const positions = Array.from({ length: end - start }, (_, index) => start + index);
    if (start > 0) passes++; // what comes before is committed
    const passOfPrefix = passes;
    const isRowOfPrefix = (position: number): boolean => backbone.prediction === 'next' && position === start && start > 0;
    const cells = positions.filter((position) => open[position]).length;
    const stillOpen = (): number[] => positions.filter((position) => open[position]);
    let logits: readonly Float32Array[] | undefined;
    let stepOfLook = 0;
    for (let inBlock = 0; stillOpen().length > 0; inBlock++, step++) {
      const asked = stillOpen();
      if (logits === undefined) {
        logits = await rowsOf(backbone, text.slice(base, end), base === 0 ? committed : 0);
        stepOfLook = step;
        if (asked.some((position) => !isRowOfPrefix(position))) passes++;
      }
      const row = (index: number): Float32Array => logits![backbone.prediction === 'next' ? Math.max(0, asked[index]! - base - 1) : asked[index]! - base]!;
      const choices = asked.map((position, index) => sample(row(index), isRowOfPrefix(position) ? passOfPrefix : stepOfLook, position));
      const now = step;
      const revealed = Int32Array.from(positions.filter((position) => position >= prompt.length && !open[position]));
      const view: StepView = {
        block: { start: Math.max(start, prompt.length), end }, step: inBlock, steps: stepsPerBlock,
        quota: inBlock < stepsPerBlock ? Math.floor(cells / stepsPerBlock) + (inBlock < cells % stepsPerBlock ? 1 : 0) : asked.length,
        open: Int32Array.from(asked), revealed, committedProbability: (index) => committedProbability.get(revealed[index]!)!,
        proposals: Int32Array.from(choices, ({ id }) => id), probability: (index) => choices[index]!.probability,
        margin: (index) => margin(row(index), choices[index]!.id), entropy: (index) => -negativeEntropy(row(index), choices[index]!.id),
        chance: (position) => uniformAt(seed, now, position, 0),
      };
      const { commit, revoke = [] } = policy.decide(view);
      for (const position of revoke) [text[position], open[position]] = [mask!, true];
      for (const position of commit) {
        const { id, probability } = choices[asked.indexOf(position)]!;
        [text[position], open[position]] = [id, false];
        committedProbability.set(position, probability);
      }
      if (commit.length + revoke.length === 0) continue;
      if (revoke.length > 0) changes.push({ revoked: revoke });
      if (commit.length > 0) changes.push({ written: commit, ids: commit.map((position) => text[position]!) });
      logits = undefined;
    }
  }
  return changes;
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
