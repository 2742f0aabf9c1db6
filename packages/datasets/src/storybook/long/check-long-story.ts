import { gradeStory, type Grading, type StoryReport } from '../checker/check-story.js';
import { sentenceReader } from '../grammar/reader.js';
import type { CastRows } from '../grammar/table.js';
import { names } from '../world/people.js';
import { chapterPlots, continued, entryOf, firstMeetings, matches, type Chronicle, type Holding, type Pair, type ToldChapter } from './chronicle.js';
import { chapterRoles, goesOn, threadNamed, threads as threadPlans, type Thread } from './threads.js';

export interface MemoryProblem {
  readonly chapter: number;
  /** Index of the sentence in the chapter; undefined where it is about all of it. */
  readonly sentence: number | undefined;
  readonly problem: string;
}
export interface LongStoryReport {
  /** The chapters' mean score times that of memory, 0 to 1. */
  readonly score: number;
  /** Each graded by itself, as `checkStory` does. */
  readonly chapters: readonly StoryReport[];
  /** Share of the chapters after the first that contradict none before them and take up somebody from there. */
  readonly memory: { readonly score: number; readonly problems: readonly MemoryProblem[] };
}

const read = sentenceReader(chapterPlots);

/**
 * Grades any text as a long story: each chapter as a story, and all of them by what was told before: who is who, what is whose, where things
 * were hidden, what was promised. What `longStorybook` writes scores exactly 1. Chapters are apart by blank lines. Of two that contradict each
 * other the first counts. A text of a single chapter has nothing to remember: its memory scores 1.
 */
export function checkLongStory(text: string): LongStoryReport {
  const gradings = text.split(/\n\s*\n/).filter((chapter) => chapter.trim() !== '').map((chapter) => gradeStory(read(chapter), chapterPlots, chapterRoles));
  let chronicle: Chronicle = new Map();
  const problems = gradings.flatMap((grading, chapter) => {
    const told = toldIn(grading);
    if (told === undefined) return [{ chapter, sentence: undefined, problem: 'nobody can be made out' }];
    const found = memoryProblems(told, grading, chronicle).map((problem) => ({ chapter, ...problem }));
    // Strangers' chapters are not remembered: those of another story would vouch for each other.
    if (chronicle.size === 0 || chronicle.has(told.pair.hero)) chronicle = continued(chronicle, told);
    return found;
  });
  const later = gradings.length - 1;
  const forgetful = new Set(problems.filter(({ chapter }) => chapter > 0).map(({ chapter }) => chapter)).size;
  const memory = { score: later > 0 ? 1 - forgetful / later : Math.min(1, gradings.length), problems: problems.filter(({ chapter }) => chapter > 0) };
  const mean = gradings.reduce((sum, { report }) => sum + report.score, 0) / Math.max(1, gradings.length);
  return { score: mean * memory.score, chapters: gradings.map(({ report }) => report), memory };
}

/** What a reader takes from a chapter; undefined when its two people cannot be made out. */
function toldIn({ alignment, course }: Grading): ToldChapter | undefined {
  const last = course.at(-1);
  if (alignment === undefined || last === undefined) return undefined;
  const rows: CastRows = new Map([...last.book].map(([role, facets]) => [role, new Map([...facets].map(([facet, row]) => [facet, facet.rows[row]!]))]));
  const [hero, friend] = ['hero', 'friend'].map((role) => rows.get(role)?.get(names)?.['name']);
  if (hero === undefined || friend === undefined) return undefined;
  const threads = new Set(alignment.stepOf.flatMap((step) => threadNamed.get(alignment.plot.steps[step]?.name ?? '') ?? []));
  return { plot: alignment.plot.name, pair: { hero, friend }, rows, threads, facts: last.facts };
}

type Found = Omit<MemoryProblem, 'chapter'>;

function memoryProblems({ plot, pair, rows, threads }: ToldChapter, { alignment, course }: Grading, chronicle: Chronicle): readonly Found[] {
  if (chronicle.size === 0) return [];
  const contradicted = [...rows].flatMap(([role, told]): readonly Found[] => {
    const held = chronicle.get(entryOf(plot, role, pair) ?? '') ?? [];
    if (held.length === 0 || held.some((one) => matches(told, one))) return [];
    const sentence = course.findIndex(({ book }) => [...told].some(([facet, row]) => !held.some((one) => matches(new Map([[facet, row]]), one)) && book.get(role)?.has(facet)));
    return [{ sentence: sentence === -1 ? undefined : sentence, problem: `${entryOf(plot, role, pair)}: "${wordsOf(role, told)}" stands where "${held.map((one) => wordsOf(role, one)).join('" or "')}" belongs` }];
  });
  const unheard = [...threads].filter((thread) => goesOn.has(thread)).flatMap((thread): readonly Found[] => {
    const missing = rolesOf(thread).filter((role) => (chronicle.get(entryOf(plot, role, pair) ?? '') ?? []).length === 0);
    return missing.length === 0 ? [] : [{ sentence: sentenceOf(thread, alignment), problem: `nothing was told before of ${entryOf(plot, missing[0]!, pair)}` }];
  });
  return [...contradicted, ...unheard, ...meetingProblems(plot, pair, chronicle)];
}

function meetingProblems(plot: string, { hero, friend }: Pair, chronicle: Chronicle): readonly Found[] {
  if (!chronicle.has(hero)) return [{ sentence: undefined, problem: `"${hero}", of whom the chapter is, was never met before` }];
  return firstMeetings.has(plot) && chronicle.has(friend) ? [{ sentence: undefined, problem: `"${friend}" is met for the first time once more` }] : [];
}

/** What a thread goes on with: roles of its sentences, other than people. */
const rolesOf = (thread: Thread): readonly string[] => ['belonging', 'keepsake', 'hiding', 'vow'].filter((role) => threadPlans[thread].says[0]!.includes(`{${role}`));

function sentenceOf(thread: Thread, alignment: Grading['alignment']): number | undefined {
  const sentence = alignment?.stepOf.findIndex((step) => alignment.plot.steps[step]?.name === threadPlans[thread].name) ?? -1;
  return sentence === -1 ? undefined : sentence;
}

const wordsOf = (role: string, holding: Holding): string => chapterRoles[role]!.facets.flatMap((facet) => holding.get(facet)?.[facet.columns[0]!] ?? []).join(' ');
