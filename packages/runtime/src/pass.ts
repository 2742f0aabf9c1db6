import type { Scores, Want } from '@palimpsest/backbone';
import type { HeadRequest, PassAnswer, PassRequest } from './engine.js';
import type { Reduction } from './graph-name.js';
import type { HeadAnswer } from './scores.js';

/** One context's wish for a pass. */
export interface PassWish {
  readonly context: number;
  readonly committed: number;
  /** Position of the first token: `committed`, or where tokens take the place of committed ones. */
  readonly start: number;
  /** By how many positions its blocks lie earlier. */
  readonly shift: number;
  readonly tokens: Int32Array;
  readonly want: Want;
  readonly append: boolean;
}

/** A pass, and which rows of which head's answer belong to each wish. */
export interface PlannedPass {
  readonly request: PassRequest;
  readonly shares: readonly Share[];
}
interface Share {
  /** Index among the heads; absent where no row is wanted. */
  readonly head?: number;
  readonly start: number;
  readonly end: number;
}

/** A head while wishes for it are collected. */
interface HeadPlan {
  readonly reduction: Reduction;
  readonly banned: readonly number[];
  readonly rows: number[];
  readonly targets: number[];
  readonly temperatures: number[];
  readonly topPs: number[];
  readonly uniforms: number[];
}

/** The pass that answers wishes which bring equally many tokens, and begin or continue a sequence alike. */
export function planPass(wishes: readonly PassWish[], vocabularySize: number): PlannedPass {
  const length = wishes[0]!.tokens.length;
  const tokens = new Int32Array(wishes.length * length);
  const heads: HeadPlan[] = [];
  const shares = wishes.map(({ want, tokens: own }, index): Share => {
    tokens.set(own, index * length);
    const reduction = reductionFor(want, vocabularySize);
    const banned = want.give === 'draw' ? [...(want.banned ?? [])] : [];
    let head = heads.findIndex((other) => other.reduction === reduction && sameNumbers(other.banned, banned));
    if (head < 0) head = heads.push({ reduction, banned, rows: [], targets: [], temperatures: [], topPs: [], uniforms: [] }) - 1;
    const { rows, targets, temperatures, topPs, uniforms } = heads[head]!;
    const start = rows.length;
    const count = want.rows?.length ?? length;
    for (let i = 0; i < count; i++) rows.push(index * length + (want.rows === undefined ? i : want.rows[i]!));
    if (want.give === 'targets') for (const target of want.targets) targets.push(target);
    if (want.give === 'draw') {
      for (const uniform of want.uniforms) {
        temperatures.push(want.temperature);
        topPs.push(want.topP ?? 1);
        uniforms.push(uniform);
      }
    }
    return { head, start, end: rows.length };
  });
  const asked = heads.filter(({ rows }) => rows.length > 0);
  return {
    request: {
      contexts: wishes.map(({ context }) => context),
      lengths: wishes.map(({ committed }) => committed),
      starts: wishes.map(({ start }) => start),
      shifts: wishes.map(({ shift }) => shift),
      tokens,
      append: [...wishes.keys()].filter((index) => wishes[index]!.append),
      heads: asked.map(headRequest),
    },
    shares: shares.map(({ head, start, end }) => (start === end ? { start, end } : { head: asked.indexOf(heads[head!]!), start, end })),
  };
}

export const sameNumbers = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((value, index) => value === b[index]);

const headRequest = ({ reduction, banned, rows, targets, temperatures, topPs, uniforms }: HeadPlan): HeadRequest => ({
  reduction,
  rows: Int32Array.from(rows),
  ...(reduction === 'targets' && { targets: Int32Array.from(targets) }),
  ...((reduction === 'draw' || reduction === 'nucleus') && { draws: { temperatures, topPs, uniforms, banned } }),
});

/** Heads for the top candidates come in powers of two, so that few graphs serve every count. */
function reductionFor(want: Want, vocabularySize: number): Reduction {
  if (want.give === 'draw') return (want.topP ?? 1) < 1 ? 'nucleus' : 'draw';
  if (want.give !== 'top') return want.give;
  return `top ${Math.min(vocabularySize, 2 ** Math.ceil(Math.log2(want.top)))}`;
}

/** Each wish's share of the answer. */
export const sharesOf = (wishes: readonly PassWish[], { request, shares }: PlannedPass, answer: PassAnswer): readonly Scores[] =>
  shares.map(({ head, start, end }, index) => {
    const { want } = wishes[index]!;
    return head === undefined ? shareOf(want, {}, 0, 0, 1) : shareOf(want, answer.heads[head]!, start, end, request.heads[head]!.rows.length);
  });

function shareOf(want: Want, answer: HeadAnswer, start: number, end: number, total: number): Scores {
  const floats = (name: string, keep?: number): Float32Array => part((answer[name] ?? new Float32Array()) as Float32Array, start, end, total, keep);
  const ids = (keep?: number): Int32Array => part((answer['ids'] ?? new Int32Array()) as Int32Array, start, end, total, keep); // the one output of integers
  switch (want.give) {
    case 'logits':
      return { logits: floats('logits') };
    case 'targets':
      return { logProbabilities: floats('logProbabilities') };
    case 'draw':
      return { ids: ids(), logProbabilities: floats('logProbabilities'), entropy: floats('entropy'), margin: floats('margin') };
    case 'top':
      return { ids: ids(want.top), logProbabilities: floats('logProbabilities', want.top), logSumExp: floats('logSumExp'), entropy: floats('entropy') };
  }
}

/** Rows `start` to `end` of an output of `total` rows, the first `keep` numbers of each: the output itself where that is all of it. */
function part<A extends Float32Array | Int32Array>(output: A, start: number, end: number, total: number, keep?: number): A {
  const width = output.length / total;
  if (keep === undefined || keep === width) return (end - start === total ? output : output.slice(start * width, end * width)) as A;
  const rows = output.slice(0, (end - start) * keep) as A;
  for (let row = start; row < end; row++) rows.set(output.subarray(row * width, row * width + keep), (row - start) * keep);
  return rows;
}
