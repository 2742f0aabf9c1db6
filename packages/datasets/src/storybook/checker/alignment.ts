import type { Plot } from '../grammar/plot.js';
import type { ReadSentence } from '../grammar/reader.js';

/** How a text follows a plot. */
export interface Alignment {
  readonly plot: Plot;
  /** For each sentence the index of the plot's step that it tells in its turn, or -1. */
  readonly stepOf: readonly number[];
  /** Steps that every telling needs and this one lacks. */
  readonly missing: readonly number[];
  /** The plot's last needed step is told. */
  readonly closed: boolean;
  /** 0 to 1: told steps over told, missing and out-of-place ones, times 3/4 when the plot does not close. */
  readonly score: number;
}

/** The plot that explains most of the text; undefined when no sentence belongs to any. */
export function bestAlignment(sentences: readonly ReadSentence[], plots: readonly Plot[]): Alignment | undefined {
  const alignments = plots.map((plot) => align(sentences, plot)).filter(({ score }) => score > 0);
  return alignments.reduce<Alignment | undefined>((best, one) => (best === undefined || one.score > best.score ? one : best), undefined);
}

function align(sentences: readonly ReadSentence[], plot: Plot): Alignment {
  const stepOf = longestInOrder(sentences, plot);
  const told = new Set(stepOf);
  const needed = plot.steps.flatMap((step, index) => (step.chance === 1 ? [index] : []));
  const missing = needed.filter((index) => !told.has(index));
  const closed = told.has(needed.at(-1) ?? 0);
  const aligned = stepOf.filter((index) => index >= 0).length;
  const unread = sentences.filter(({ readings }) => readings.length === 0).length;
  const outOfPlace = sentences.length - aligned - unread;
  // An unreadable sentence is charged as such; the step that it may have garbled is not charged once more.
  const lacking = Math.max(0, missing.length - unread);
  const score = aligned === 0 ? 0 : (aligned / (aligned + outOfPlace + lacking)) * (closed ? 1 : 0.75);
  return { plot, stepOf, missing, closed, score };
}

/** The longest common subsequence of the sentences and the plot's steps. */
function longestInOrder(sentences: readonly ReadSentence[], { steps, order }: Plot): readonly number[] {
  const stepOf = sentences.map(() => -1);
  // Sentences of no step of this plot cannot be part of it; without them a long text costs little.
  const ours = sentences.flatMap(({ readings }, sentence) => {
    const tells = new Set(readings.map(({ step }) => order.get(step)));
    tells.delete(undefined);
    return tells.size > 0 ? [{ sentence, tells }] : [];
  });
  const columns = steps.length + 1;
  const best = new Int32Array((ours.length + 1) * columns); // sentences from i on, steps from j on
  for (let i = ours.length - 1; i >= 0; i -= 1) {
    for (let j = steps.length - 1; j >= 0; j -= 1) {
      const skip = Math.max(best[(i + 1) * columns + j]!, best[i * columns + j + 1]!);
      best[i * columns + j] = ours[i]!.tells.has(j) ? Math.max(skip, 1 + best[(i + 1) * columns + j + 1]!) : skip;
    }
  }
  for (let i = 0, j = 0; i < ours.length && j < steps.length; ) {
    const here = best[i * columns + j]!;
    const { sentence, tells } = ours[i]!;
    if (tells.has(j) && here === 1 + best[(i + 1) * columns + j + 1]!) {
      stepOf[sentence] = j;
      i += 1;
      j += 1;
    } else if (here === best[i * columns + j + 1]!) j += 1;
    else i += 1;
  }
  return stepOf;
}
