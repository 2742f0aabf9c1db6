import { PalimpsestError } from '@palimpsest/backbone';
import { checkStory } from '@palimpsest/datasets';
import type { StoryReport } from '@palimpsest/datasets';

type Part = keyof StoryReport['parts'];
const partNames: readonly Part[] = ['sentences', 'names', 'pronouns', 'world', 'plot'];
const mostProblems = 10;

/** How well texts are stories of the storybook world; scores from 0 to 1. */
export interface CheckerReport {
  readonly texts: number;
  readonly score: number; // mean
  /** Of the mean, over texts. */
  readonly standardError: number;
  /** Share of texts without any fault. */
  readonly faultless: number;
  readonly parts: { readonly [part in Part]: number }; // means
  /** How many texts follow each plot; those that follow none are not counted. */
  readonly plots: Readonly<Record<string, number>>;
  /** The most frequent faults, at most ten. */
  readonly problems: readonly { readonly problem: string; readonly count: number }[];
}

/** @throws PalimpsestError when there is no text. */
export function scoreStories(texts: readonly string[]): CheckerReport {
  if (texts.length === 0) throw new PalimpsestError({ where: 'scoreStories', expected: 'at least one text', got: 'none' });
  const reports = texts.map(checkStory);
  const mean = (of: (report: StoryReport) => number): number => reports.reduce((sum, report) => sum + of(report), 0) / reports.length;
  const score = mean((report) => report.score);
  const variance = mean((report) => (report.score - score) ** 2);
  const partMeans = partNames.map((part) => [part, mean(({ parts }) => parts[part].score)] as const);
  const problems = reports.flatMap(({ parts }) => partNames.flatMap((part) => parts[part].problems.map(({ problem }) => problem)));
  return {
    texts: texts.length,
    score,
    standardError: Math.sqrt(variance / Math.max(1, texts.length - 1)),
    faultless: mean((report) => Number(report.score === 1)),
    parts: Object.fromEntries(partMeans) as CheckerReport['parts'], // one entry to a name
    plots: Object.fromEntries(countsOf(reports.flatMap(({ plot }) => (plot === undefined ? [] : [plot])))),
    problems: countsOf(problems).slice(0, mostProblems).map(([problem, count]) => ({ problem, count })),
  };
}

/** The most frequent first, equally frequent ones by name. */
function countsOf(names: readonly string[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort(([nameA, a], [nameB, b]) => b - a || (nameA < nameB ? -1 : 1));
}
