/** The three candidates that look most like `name`, the nearest first: what an error suggests. */
export const nearestNames = (name: string, candidates: Iterable<string>): readonly string[] => byDistance(name, candidates).slice(0, 3).map(({ candidate }) => candidate);

/** The candidate that may have been meant: at most a third of its letters are other ones. What an error asks about, if there is one. */
export function similarName(name: string, candidates: Iterable<string>): string | undefined {
  const [nearest] = byDistance(name, candidates);
  return nearest !== undefined && 3 * nearest.edits <= nearest.candidate.length ? nearest.candidate : undefined;
}

const byDistance = (name: string, candidates: Iterable<string>): readonly { readonly candidate: string; readonly edits: number }[] =>
  [...candidates].map((candidate) => ({ candidate, edits: distance(name, candidate) })).sort((a, b) => a.edits - b.edits);

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
