import { randomStream } from '@palimpsest/sampling';
import { DatasetError } from '../../documents/error.js';
import { castRoles, drawRow } from '../generator/cast.js';
import { countedChoices, type Choices } from '../generator/choices.js';
import { tellPlot, type ToldStep } from '../generator/telling.js';
import type { Facts, Plot } from '../grammar/plot.js';
import { pronounColumns, type CastRows, type Row, type Table } from '../grammar/table.js';
import { names } from '../world/people.js';
import { chapterPlots, clash, continued, entryOf, firstMeetings, freeRows, ownedRoles, peopleIn, type Chronicle, type Holding, type Pair, type ToldChapter } from './chronicle.js';
import { recalledSpans, type RecalledSpan } from './recalled-spans.js';
import { chapterRoles, threadNamed, type Thread } from './threads.js';

export interface LongStory {
  readonly seed: number;
  /** Chapters, each one paragraph, with a blank line between. */
  readonly text: string;
  readonly chapters: readonly Chapter[];
  /** Where the text says again what an earlier chapter told, by position. */
  readonly recalled: readonly RecalledSpan[];
  /** As a story's. */
  readonly choiceNats: number;
}
export interface Chapter {
  /** Name of the plot. */
  readonly plot: string;
  readonly hero: string;
  readonly friend: string;
  readonly sentences: readonly string[];
  /** Names of the steps that were told, one to each sentence. */
  readonly steps: readonly string[];
}

export interface LongStorybookOptions {
  /** 2 to 200; about 130 tokens each. 24 when absent. */
  readonly chapters?: number;
}

const DEFAULT_CHAPTERS = 24;
const CHAPTER_BREAK = '\n\n';
// A stream of its own: chapters are not those of the short stories with the same seed.
const LONG = 1;
const NEW_FRIEND = 0.35;
const MOST_PEOPLE = 10;

/**
 * The long story of a seed and a number of chapters, always the same. Chapters are stories about the same few people: who they are, where they
 * live, what they own, hid and promised is told once and stays, or changes only in the telling.
 *
 * @param seed integer from 0 to 2^53 - 1.
 * @throws DatasetError for another number of chapters, SamplingError for another seed.
 */
export function longStorybook(seed: number, options: LongStorybookOptions = {}): LongStory {
  const count = chaptersOf(options);
  const choices = countedChoices(randomStream(seed, LONG));
  const cap = Math.min(MOST_PEOPLE, 3 + Math.floor(count / 6));
  let chronicle: Chronicle = new Map();
  const told = Array.from({ length: count }, () => {
    const chapter = tellChapter(chronicle, cap, choices);
    const before = chronicle;
    chronicle = continued(chronicle, chapter.told);
    return { ...chapter, before };
  });
  const texts = told.map(({ steps }) => steps.map(({ text }) => text).join(' '));
  return {
    seed,
    text: texts.join(CHAPTER_BREAK),
    chapters: told.map(({ told: { plot, pair }, steps }) => ({ plot, ...pair, sentences: steps.map(({ text }) => text), steps: steps.map(({ step }) => step.name) })),
    recalled: recalledSpans(told.map(({ told: { plot, pair }, steps, before }) => ({ plot, pair, steps, before })), CHAPTER_BREAK.length),
    choiceNats: choices.nats(),
  };
}

export function chaptersOf({ chapters = DEFAULT_CHAPTERS }: LongStorybookOptions): number {
  if (Number.isInteger(chapters) && chapters >= 2 && chapters <= 200) return chapters;
  throw new DatasetError({ where: 'longStorybook: chapters', expected: 'an integer from 2 to 200', got: String(chapters) });
}

function tellChapter(chronicle: Chronicle, cap: number, choices: Choices): { readonly told: ToldChapter; readonly steps: readonly ToldStep[] } {
  const people = peopleIn(chronicle);
  const hero = people.length === 0 ? newPerson(chronicle, choices) : choices.pick(people.map((name) => chronicle.get(name)![0]!));
  const known = people.map((name) => chronicle.get(name)![0]!).filter((one) => one !== hero);
  const isNew = known.length === 0 || (people.length < cap && choices.happens(NEW_FRIEND));
  const friend = isNew ? newPerson(new Map([...chronicle, [nameIn(hero), [hero]]]), choices) : choices.pick(known);
  const pair = { hero: nameIn(hero), friend: nameIn(friend) };

  const given = new Map<string, Holding>([['hero', hero], ['friend', friend]]);
  const possible = chapterPlots.flatMap((plot) => {
    const fillings = isNew || !firstMeetings.has(plot.name) ? ownedFillings(plot, pair, chronicle) : [];
    return fillings.length > 0 ? [{ plot, fillings }] : [];
  });
  const { plot, fillings } = choices.pick(possible);
  for (const [role, holding] of choices.pick(fillings)) given.set(role, holding);
  for (const role of ['home', 'elder']) {
    const [holding] = chronicle.get(entryOf(plot.name, role, pair)!) ?? [];
    if (holding !== undefined) given.set(role, holding);
  }
  const threads = chooseThreads(plot, pair, chronicle, given, choices);
  const cast = castRoles(choices, chapterRoles, given);
  const steps = tellPlot(plot.steps, cast, choices, ({ name, chance }) => {
    const thread = threadNamed.get(name);
    return thread === undefined ? chance === 1 || choices.happens(chance) : threads.has(thread);
  });
  const facts = steps.reduce<Facts>((sum, { step }) => ({ ...sum, ...step.sets }), {});
  return { told: { plot: plot.name, pair, rows: new Map([...writtenRows(steps), ['hero', hero], ['friend', friend]]), threads, facts }, steps };
}

const nameIn = (person: Holding): string => person.get(names)?.['name'] ?? '';

function newPerson(chronicle: Chronicle, choices: Choices): Holding {
  const person = new Map<Table, Row>();
  for (const facet of chapterRoles['hero']!.facets) person.set(facet, drawRow(facet, freeRows(facet, chronicle, person), choices));
  return person;
}

/** Every way to begin the plot with things that its people have; one that leaves a role open where its owner has none. */
function ownedFillings({ name }: Plot, pair: Pair, chronicle: Chronicle): readonly ReadonlyMap<string, Holding>[] {
  return ownedRoles(name).reduce<readonly ReadonlyMap<string, Holding>[]>((fillings, role) => {
    const things = chronicle.get(entryOf(name, role, pair)!) ?? [];
    if (things.length === 0) return fillings;
    return fillings.flatMap((filling) => things.filter((thing) => ![...filling.values()].some((other) => clash(thing, other))).map((thing) => new Map([...filling, [role, thing]])));
  }, [new Map()]);
}

/** Draws which threads are told, and puts what they go on with into `given`. */
function chooseThreads({ name: plot, steps }: Plot, pair: Pair, chronicle: Chronicle, given: Map<string, Holding>, choices: Choices): ReadonlySet<Thread> {
  const held = (role: string): readonly Holding[] => chronicle.get(entryOf(plot, role, pair)!) ?? [];
  const fitting = (role: string): readonly Holding[] => held(role).filter((one) => given.get(role) === one || ![...given].some(([other, holding]) => other !== role && clash(one, holding)));
  const needs: Readonly<Record<Thread, readonly string[]>> = {
    haveBelonging: ['belonging'], seeKeepsake: ['keepsake', 'hiding'], recallPromise: ['vow'], moveKeepsake: ['keepsake', 'hiding'], keepPromise: ['vow'], hideKeepsake: [], makePromise: [],
  };
  const isPossible = (thread: Thread): boolean => {
    if (thread === 'hideKeepsake') return held('keepsake').length === 0;
    if (thread === 'makePromise') return held('vow').length === 0;
    if (thread === 'haveBelonging' && ownedRoles(plot).some((role) => entryOf(plot, role, pair) === entryOf(plot, 'belonging', pair))) return false;
    return needs[thread].every((role) => fitting(role).length > 0);
  };
  const threads = new Set<Thread>();
  for (const { name, chance } of steps) {
    const thread = threadNamed.get(name);
    if (thread === undefined || !isPossible(thread) || !choices.happens(chance)) continue;
    threads.add(thread);
    for (const role of needs[thread]) given.set(role, choices.pick(fitting(role)));
  }
  return threads;
}

function writtenRows(steps: readonly ToldStep[]): CastRows {
  const rows = new Map<string, Map<Table, Row>>();
  for (const { slot: { role, facet, column }, row } of steps.flatMap(({ slots }) => slots)) {
    if (pronounColumns.includes(column)) continue;
    const own = rows.get(role) ?? new Map<Table, Row>();
    rows.set(role, own.set(facet, row));
  }
  return rows;
}
