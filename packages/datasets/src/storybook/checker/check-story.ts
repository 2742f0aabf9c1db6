import type { Plot } from '../grammar/plot.js';
import { sentenceReader, type ReadSentence } from '../grammar/reader.js';
import type { Role } from '../grammar/table.js';
import { roles } from '../world/roles.js';
import { plots } from '../world/world.js';
import { bestAlignment, type Alignment } from './alignment.js';
import type { Rule } from './cast-book.js';
import { judge, type Finding, type Known } from './judge.js';

export interface StoryProblem {
  /** Index of the sentence, or undefined where a sentence is missing. */
  readonly sentence: number | undefined;
  readonly problem: string;
}
export interface PartReport {
  /** 0 to 1. */
  readonly score: number;
  readonly problems: readonly StoryProblem[];
}
export interface StoryReport {
  /** The product of the parts' scores, 0 to 1. */
  readonly score: number;
  /** Name of the plot that the text follows best; undefined when it follows none. */
  readonly plot: string | undefined;
  /** The text as the checker cut it. */
  readonly sentences: readonly string[];
  readonly parts: {
    /** Share of sentences that some template of the world fits. */
    readonly sentences: PartReport;
    /** Share of sentences in which everybody is introduced and called by the right name and kind. */
    readonly names: PartReport;
    /** Share of sentences whose pronouns agree and are clear. */
    readonly pronouns: PartReport;
    /** Share of sentences in which things, owners, places, feelings and promises are as the story left them. */
    readonly world: PartReport;
    /** Steps told in order over those told, missing and out of place; times 3/4 when the ending is missing. */
    readonly plot: PartReport;
  };
}

const read = sentenceReader(plots);

/**
 * Grades any text as a story of this world. What `storybook` writes scores exactly 1; a text without one sentence of
 * this world scores 0. Time grows linearly with the text's length.
 */
export function checkStory(text: string): StoryReport {
  return gradeStory(read(text), plots, roles).report;
}

export interface Grading {
  readonly report: StoryReport;
  /** Undefined when no sentence belongs to any plot. */
  readonly alignment: Alignment | undefined;
  /** What a reader knows after each sentence. */
  readonly course: readonly Known[];
}

/** Grades sentences by the plot that they follow best. */
export function gradeStory(sentences: readonly ReadSentence[], plots: readonly Plot[], roles: Readonly<Record<string, Role>>): Grading {
  const alignment = bestAlignment(sentences, plots);
  const { findings, course } = alignment === undefined ? { findings: [], course: [] } : judge(sentences, alignment, roles);
  const unread = sentences.flatMap(({ readings }, sentence) => (readings.length > 0 ? [] : [{ sentence, problem: 'no template of this world fits' }]));
  const shareWithout = (problems: readonly StoryProblem[]): PartReport => ({
    score: alignment === undefined ? 0 : 1 - new Set(problems.map(({ sentence }) => sentence)).size / sentences.length,
    problems,
  });
  const ruled = (rule: Rule): PartReport => shareWithout(findings.filter((finding) => finding.rule === rule).map(withoutRule));
  const parts = {
    sentences: shareWithout(unread),
    names: ruled('names'),
    pronouns: ruled('pronouns'),
    world: ruled('world'),
    plot: { score: alignment?.score ?? 0, problems: alignment === undefined ? [] : plotProblems(alignment, new Set(unread.map(({ sentence }) => sentence))) },
  };
  const report = {
    score: Object.values(parts).reduce((product, { score }) => product * score, 1),
    plot: alignment?.plot.name,
    sentences: sentences.map((sentence) => sentence.text),
    parts,
  };
  return { report, alignment, course };
}

const withoutRule = ({ sentence, problem }: Finding): StoryProblem => ({ sentence, problem });

function plotProblems({ plot, stepOf, missing, closed }: Alignment, unread: ReadonlySet<number>): readonly StoryProblem[] {
  const outOfPlace = stepOf.flatMap((step, sentence) =>
    step >= 0 || unread.has(sentence) ? [] : [{ sentence, problem: `out of place in the plot "${plot.name}"` }]);
  const absent = missing.map((step) => ({ sentence: undefined, problem: `the step "${plot.steps[step]?.name}" is missing` }));
  return [...outOfPlace, ...absent, ...(closed ? [] : [{ sentence: undefined, problem: 'the plot does not close' }])];
}
