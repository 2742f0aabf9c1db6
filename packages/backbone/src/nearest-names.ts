/** The three candidates that look most like `name`, the nearest first: what an error suggests. */
export const nearestNames = (name: string, candidates: Iterable<string>): readonly string[] =>
  [...candidates].map((candidate) => ({ candidate, edits: distance(name, candidate) })).sort((a, b) => a.edits - b.edits).slice(0, 3).map(({ candidate }) => candidate);

/** Insertions, deletions and replacements that turn one text into the other (Levenshtein 1966). */
function distance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, j) => j);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (left[i - 1] === right[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[right.length]!;
}
