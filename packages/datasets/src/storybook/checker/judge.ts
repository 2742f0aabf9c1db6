import { doubtfulPronoun } from '../grammar/pattern.js';
import type { Facts, Plot } from '../grammar/plot.js';
import type { Reading, ReadSentence } from '../grammar/reader.js';
import type { Role } from '../grammar/table.js';
import type { Alignment } from './alignment.js';
import { enter, namesIn, pronounIn, wordsOf, type CastBook, type Remark } from './cast-book.js';

export interface Finding extends Remark {
  /** Index of the sentence. */
  readonly sentence: number;
}

/** What a reader knows between two sentences. */
export interface Known {
  readonly book: CastBook;
  readonly facts: Facts;
  /** People of the sentence before; undefined when that sentence could not be followed. */
  readonly before: ReadonlySet<string> | undefined;
  /** Some sentence so far could not be read at all. */
  readonly gaps: boolean;
}
interface Verdict {
  readonly remarks: readonly Remark[];
  readonly known: Known;
}

export interface Judgement {
  readonly findings: readonly Finding[];
  /** What a reader knows after each sentence. */
  readonly course: readonly Known[];
}

/** Reads the text as the plot that it follows best, and keeps the world's books: who is who, whose is what, what lies where. */
export function judge(sentences: readonly ReadSentence[], { plot, stepOf }: Alignment, roles: Readonly<Record<string, Role>>): Judgement {
  const findings: Finding[] = [];
  const course: Known[] = [];
  let known: Known = { book: new Map(), facts: {}, before: new Set(), gaps: false };
  sentences.forEach(({ readings }, sentence) => {
    const { remarks, known: after } = judgeSentence(readings, plot, stepOf[sentence] ?? -1, known, roles);
    findings.push(...remarks.map((remark) => ({ ...remark, sentence })));
    known = after;
    course.push(after);
  });
  return { findings, course };
}

/** A sentence in its turn is read as that step, one out of turn as any step of the plot, in the way that leaves least to object to. */
function judgeSentence(readings: readonly Reading[], plot: Plot, turn: number, known: Known, roles: Readonly<Record<string, Role>>): Verdict {
  const verdicts = readings.flatMap((reading) => {
    const step = plot.order.get(reading.step);
    if (step === undefined || (turn !== -1 && turn !== step)) return [];
    return [judgeReading(reading, known, (role) => step > (plot.introductions.get(role) ?? Infinity), roles)];
  });
  const [first, ...others] = verdicts;
  if (first === undefined) {
    const gaps = known.gaps || readings.length === 0;
    return { remarks: strangers(readings[0], known.book), known: { ...known, before: undefined, gaps } };
  }
  return others.reduce((best, one) => (one.remarks.length < best.remarks.length ? one : best), first);
}

function judgeReading({ step, pattern, captures }: Reading, known: Known, isLate: (role: string) => boolean, roles: Readonly<Record<string, Role>>): Verdict {
  const { book, remarks } = enter(known.book, captures, isLate, roles);
  // What the sentence takes for granted is believed from here on, so that one gap is charged once.
  const after = { book, facts: { ...known.facts, ...step.needs, ...step.sets }, before: pattern.people, gaps: known.gaps };
  return { remarks: [...remarks, ...unclear(pattern, known, book, remarks), ...unmet(step.needs, known)], known: after };
}

function unclear(pattern: Reading['pattern'], { before }: Known, book: CastBook, remarks: readonly Remark[]): readonly Remark[] {
  if (before === undefined || remarks.some(({ rule }) => rule === 'pronouns')) return [];
  const doubtful = doubtfulPronoun(pattern, before, (role) => pronounIn(book, role));
  return doubtful === undefined ? [] : [{ rule: 'pronouns', problem: `"${pronounIn(book, doubtful)}" could be somebody else` }];
}

function unmet(needs: Facts, { facts, gaps }: Known): readonly Remark[] {
  return Object.entries(needs).flatMap(([fact, value]): readonly Remark[] => {
    const actual = facts[fact];
    // A sentence that could not be read may have said it.
    if (actual === value || (actual === undefined && gaps)) return [];
    return [{ rule: 'world', problem: `"${fact}" should be "${value}" by now; it is ${actual === undefined ? 'unknown' : `"${actual}"`}` }];
  });
}

/** Of a sentence from another plot only this is asked: that it names nobody new. */
function strangers(reading: Reading | undefined, book: CastBook): readonly Remark[] {
  const known = namesIn(book);
  const named = (reading?.captures ?? []).filter(({ slot }) => slot.column === 'name').map(wordsOf);
  return named.filter((name) => !known.has(name)).map((name) => ({ rule: 'names', problem: `"${name}" was never introduced` }));
}
