import { doubtfulPronoun } from '../grammar/pattern.js';
import type { Facts, Plot, Step } from '../grammar/plot.js';
import type { Capture, Reading, ReadSentence } from '../grammar/reader.js';
import { agree, pronounColumns, type Role, type Row, type Table } from '../grammar/table.js';
import type { Alignment } from './alignment.js';

/** What the rules of the world watch over. */
export type Rule = 'names' | 'pronouns' | 'world';
export interface Finding {
  readonly rule: Rule;
  /** Index of the sentence. */
  readonly sentence: number;
  readonly problem: string;
}

interface Known {
  readonly cast: ReadonlyMap<string, ReadonlyMap<Table, number>>; // role, facet, row
  readonly facts: Facts;
  /** People of the sentence before; undefined when that sentence could not be read. */
  readonly before: ReadonlySet<string> | undefined;
  /** Some sentence so far could not be read. */
  readonly gaps: boolean;
}
type Remark = Omit<Finding, 'sentence'>;
interface Verdict {
  readonly remarks: readonly Remark[];
  readonly known: Known;
}

/** Reads the story as one of `plot` and keeps the world's books: who is who, what is whose, what lies where. */
export function judge(sentences: readonly ReadSentence[], { plot, stepOf }: Alignment, roles: Readonly<Record<string, Role>>): readonly Finding[] {
  const introduced = lastIntroductions(plot);
  const findings: Finding[] = [];
  let known: Known = { cast: new Map(), facts: {}, before: new Set(), gaps: false };
  sentences.forEach(({ readings }, sentence) => {
    const ours = readingsInPlot(readings, plot, stepOf[sentence] ?? -1);
    const verdicts = ours.map((reading) => judgeReading(reading, plot.steps.indexOf(reading.step), known, introduced, roles));
    const kindest = verdicts.reduce<Verdict | undefined>((best, one) => (best === undefined || one.remarks.length < best.remarks.length ? one : best), undefined);
    const verdict = kindest ?? { remarks: strangers(readings[0], known), known: { ...known, before: undefined, gaps: known.gaps || readings.length === 0 } };
    findings.push(...verdict.remarks.map((remark) => ({ ...remark, sentence })));
    known = verdict.known;
  });
  return findings;
}

/** A sentence in its turn is read as that step; one out of turn as any step of the plot; one of another plot not at all. */
function readingsInPlot(readings: readonly Reading[], plot: Plot, stepIndex: number): readonly Reading[] {
  const step: Step | undefined = plot.steps[stepIndex];
  return readings.filter((reading) => (step === undefined ? plot.steps.includes(reading.step) : reading.step === step));
}

/** For each role the last step that may mention it for the first time: the first one that is always told and always names it. */
function lastIntroductions({ steps }: Plot): ReadonlyMap<string, number> {
  const last = new Map<string, number>();
  steps.forEach(({ chance, patterns }, index) => {
    if (chance < 1) return;
    const [first, ...others] = patterns.map(({ pieces }) => new Set(pieces.flatMap((piece) => (typeof piece === 'string' ? [] : [piece.role]))));
    for (const role of first ?? []) if (!last.has(role) && others.every((mentioned) => mentioned.has(role))) last.set(role, index);
  });
  return last;
}

function judgeReading(reading: Reading, step: number, known: Known, introduced: ReadonlyMap<string, number>, roles: Readonly<Record<string, Role>>): Verdict {
  const remarks: Remark[] = [];
  const cast = new Map([...known.cast].map(([role, rows]) => [role, new Map(rows)]));
  const isPronoun = ({ slot }: Capture): boolean => pronounColumns.includes(slot.column);
  // Names first: in `She gave Mia her kite` the name tells whom the pronoun has to suit.
  const captures = [...reading.captures.filter((capture) => !isPronoun(capture)), ...reading.captures.filter(isPronoun)];
  for (const capture of captures) {
    const { slot, rows } = capture;
    const rule: Rule = isPronoun(capture) ? 'pronouns' : roles[slot.role]?.person === true ? 'names' : 'world';
    const facets = cast.get(slot.role) ?? new Map<Table, number>();
    cast.set(slot.role, facets);
    const bound = facets.get(slot.facet);
    const words = wordsOf(capture);
    if (bound !== undefined) {
      if (!rows.has(bound)) remarks.push({ rule, problem: `"${words}" stands where "${slot.facet.rows[bound]?.[slot.column]}" belongs` });
    } else if (rule === 'pronouns') {
      remarks.push({ rule, problem: `"${words}" refers to nobody so far` });
    } else if (rows.size === 1) {
      const [row = 0] = rows;
      const objection = objectionTo(slot.role, slot.facet, row, cast) ?? (step > (introduced.get(slot.role) ?? Infinity) ? 'was never introduced' : undefined);
      if (objection !== undefined) remarks.push({ rule, problem: `"${words}" ${objection}` });
      facets.set(slot.facet, row);
    }
  }
  if (known.before !== undefined && !remarks.some(({ rule }) => rule === 'pronouns')) {
    const doubtful = doubtfulPronoun(reading.pattern, known.before, (role) => pronounOf(cast.get(role)));
    if (doubtful !== undefined) remarks.push({ rule: 'pronouns', problem: 'it is not clear whom the pronoun means' });
  }
  for (const [fact, value] of Object.entries(reading.step.needs)) {
    const actual = known.facts[fact];
    if (actual !== value && (actual !== undefined || !known.gaps)) {
      remarks.push({ rule: 'world', problem: `needs ${fact} = ${value}; it is ${actual ?? 'unknown'}` });
    }
  }
  return { remarks, known: { cast, facts: { ...known.facts, ...reading.step.sets }, before: reading.pattern.people, gaps: known.gaps } };
}

function objectionTo(role: string, facet: Table, row: number, cast: ReadonlyMap<string, ReadonlyMap<Table, number>>): string | undefined {
  if ([...cast].some(([other, facets]) => other !== role && facets.get(facet) === row)) return 'is already somebody or something else';
  const own = rowsOf(cast.get(role));
  return own.every((other) => agree(facet.rows[row] ?? {}, other)) ? undefined : 'does not go with what was said before';
}

const rowsOf = (facets: ReadonlyMap<Table, number> | undefined): readonly Row[] => [...(facets ?? [])].map(([facet, row]) => facet.rows[row] ?? {});
const pronounOf = (facets: ReadonlyMap<Table, number> | undefined): string | undefined => rowsOf(facets).find(({ he }) => he !== undefined)?.he;

function wordsOf({ slot, rows }: Capture): string {
  const [row = 0] = rows;
  return slot.facet.rows[row]?.[slot.column] ?? '';
}

/** Of a sentence from another plot only this is asked: that it names nobody new. */
function strangers(reading: Reading | undefined, { cast }: Known): readonly Remark[] {
  const known = new Set([...cast.values()].flatMap((facets) => rowsOf(facets).map(({ name }) => name)));
  const named = (reading?.captures ?? []).filter(({ slot }) => slot.column === 'name').map(wordsOf);
  return named.filter((name) => !known.has(name)).map((name) => ({ rule: 'names', problem: `"${name}" was never introduced` }));
}
