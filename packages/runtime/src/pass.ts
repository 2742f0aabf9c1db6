import type { Scores, Want } from '@palimpsest/backbone';
import type { HeadAnswer, PassAnswer, PassRequest, WantedRows } from './engine.js';
import type { HeadName } from './graphs.js';
import type { PassWish } from './scheduler.js';

/** The pass that answers wishes which have equally many tokens, and start a sequence or continue one alike. */
export function passOf(wishes: readonly PassWish[], vocabularySize: number): PassRequest {
  const heads = new Map<HeadName, WantedRows[]>();
  for (const [context, { want, tokens }] of wishes.entries()) {
    const rows = want.rows ?? Int32Array.from(tokens.keys());
    if (rows.length === 0) continue;
    const name = headOf(want, vocabularySize);
    heads.set(name, [...(heads.get(name) ?? []), { context, rows, ...(want.give === 'targets' && { targets: want.targets }) }]);
  }
  return {
    trunk: wishes[0]!.committed === 0 ? 'first' : 'continued',
    contexts: wishes.map(({ context }) => context),
    lengths: wishes.map(({ committed }) => committed),
    tokens: wishes.map(({ tokens }) => tokens),
    append: [...wishes.keys()].filter((index) => wishes[index]!.append),
    heads: Array.from(heads, ([head, rows]) => ({ head, rows })),
  };
}

/** Heads for the top candidates come in powers of two, so that few graphs serve every count. */
function headOf(want: Want, vocabularySize: number): HeadName {
  if (want.give !== 'top') return want.give;
  return `top ${Math.min(vocabularySize, 2 ** Math.ceil(Math.log2(want.top)))}`;
}

/** Each wish's share of the answer. */
export function scoresOf(wishes: readonly PassWish[], pass: PassRequest, { heads }: PassAnswer): readonly Scores[] {
  const scores = wishes.map(({ want }) => shareOf(want, {}, 0, 0, 1));
  for (const [index, { rows: wanted }] of pass.heads.entries()) {
    const total = wanted.reduce((sum, { rows }) => sum + rows.length, 0);
    let start = 0;
    for (const { context, rows } of wanted) {
      scores[context] = shareOf(wishes[context]!.want, heads[index]!, start, start + rows.length, total);
      start += rows.length;
    }
  }
  return scores;
}

function shareOf(want: Want, answer: HeadAnswer, start: number, end: number, total: number): Scores {
  /** Rows `start` to `end` of an output, the first `keep` numbers of each. */
  const part = <A extends Float32Array | Int32Array>(output: A, keep?: number): A => {
    const width = output.length / total;
    if (keep === undefined || keep === width) return output.slice(start * width, end * width) as A;
    const rows = output.slice(0, (end - start) * keep) as A;
    for (let row = start; row < end; row++) rows.set(output.subarray(row * width, row * width + keep), (row - start) * keep);
    return rows;
  };
  const floats = (name: string, keep?: number): Float32Array => part((answer[name] ?? new Float32Array()) as Float32Array, keep);
  switch (want.give) {
    case 'logits':
      return { logits: floats('logits') };
    case 'targets':
      return { logProbabilities: floats('logProbabilities') };
    case 'top':
      return {
        ids: part((answer['ids'] ?? new Int32Array()) as Int32Array, want.top), logProbabilities: floats('logProbabilities', want.top),
        logSumExp: floats('logSumExp'), entropy: floats('entropy'),
      };
  }
}
