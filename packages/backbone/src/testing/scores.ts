import type { DrawScores, LogitScores, Scores, TargetScores, TopScores, Want, WantDraw } from '../backbone.js';

/**
 * The wanted scores from all logits, in float64 and by the definitions: the oracle for reductions inside a graph.
 *
 * @param logits scored tokens x vocabulary; rows are picked here.
 */
export function scoresFromLogits<W extends Want>(logits: ArrayLike<number>, vocabularySize: number, want: W): Scores<W> {
  const rows = Array.from(want.rows ?? Array(logits.length / vocabularySize).keys());
  const wanted = rows.map((row) => Array.from({ length: vocabularySize }, (_, id) => logits[row * vocabularySize + id]!));
  // TypeScript does not narrow a conditional type by a value; `reduce` pairs each `give` with its scores
  return reduce(wanted, want) as Scores<W>;
}

function reduce(rows: readonly (readonly number[])[], want: Want): Scores {
  switch (want.give) {
    case 'logits':
      return { logits: Float32Array.from(rows.flat()) } satisfies LogitScores;
    case 'top':
      return topScores(rows, want.top);
    case 'targets':
      return { logProbabilities: Float32Array.from(rows, (row, index) => row[want.targets[index]!]! - logSumExp(row)) } satisfies TargetScores;
    case 'draw':
      return drawScores(rows, want);
  }
}

function drawScores(rows: readonly (readonly number[])[], { temperature, topP = 1, uniforms, banned = new Int32Array() }: WantDraw): DrawScores {
  const ids = rows.map((row, index) => {
    const largest = Math.max(...row.filter((_, id) => !banned.includes(id)));
    const weights = row.map((logit, id) => (banned.includes(id) ? 0 : Math.exp((logit - largest) / temperature)));
    const cumulative: number[] = [];
    let sum = 0;
    for (const weight of topP < 1 ? nucleus(weights, topP) : weights) cumulative.push((sum += weight));
    return cumulative.findIndex((mass) => mass > uniforms[index]! * sum);
  });
  return {
    ids: Int32Array.from(ids),
    logProbabilities: Float32Array.from(rows, (row, index) => row[ids[index]!]! - logSumExp(row)),
    entropy: Float32Array.from(rows, entropy),
    margin: Float32Array.from(rows, margin),
  };
}

/** The weights with 0 in place of all but the largest whose sum reaches `topP` of the total. */
function nucleus(weights: readonly number[], topP: number): readonly number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const kept = weights.map(() => 0);
  let sum = 0;
  for (const id of [...weights.keys()].sort((a, b) => weights[b]! - weights[a]! || a - b)) {
    if (sum >= topP * total) break;
    sum += kept[id] = weights[id]!;
  }
  return kept;
}

function topScores(rows: readonly (readonly number[])[], top: number): TopScores {
  const ids = rows.map((row) => [...row.keys()].sort((a, b) => row[b]! - row[a]! || a - b).slice(0, top));
  return {
    ids: Int32Array.from(ids.flat()),
    logProbabilities: Float32Array.from(rows.flatMap((row, index) => ids[index]!.map((id) => row[id]! - logSumExp(row)))),
    logSumExp: Float32Array.from(rows, logSumExp),
    entropy: Float32Array.from(rows, entropy),
  };
}

function logSumExp(row: readonly number[]): number {
  const largest = Math.max(...row);
  return largest + Math.log(row.reduce((sum, logit) => sum + Math.exp(logit - largest), 0));
}

function margin(row: readonly number[]): number {
  const [first, second] = row.toSorted((a, b) => b - a);
  const normaliser = logSumExp(row);
  return Math.exp(first! - normaliser) - Math.exp(second! - normaliser);
}

function entropy(row: readonly number[]): number {
  const normaliser = logSumExp(row);
  return row.reduce((sum, logit) => (logit === -Infinity ? sum : sum - Math.exp(logit - normaliser) * (logit - normaliser)), 0);
}
