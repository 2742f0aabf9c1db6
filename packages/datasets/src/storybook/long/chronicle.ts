import { compilePlots } from '../grammar/compile.js';
import type { Facts, Plot } from '../grammar/plot.js';
import { agree, type CastRows, type Row, type Table } from '../grammar/table.js';
import { plotPlans } from '../plots/index.js';
import { gear, toys } from '../world/things.js';
import { asChapter, chapterRoles, type Thread } from './threads.js';

export const chapterPlots: readonly Plot[] = compilePlots(plotPlans.map(asChapter), chapterRoles);

/** One person's look, one thing, one place: facet, row. */
export type Holding = ReadonlyMap<Table, Row>;

/** What the chapters so far have told, by what it is of: `Mia`, `Mia's home`, `what Mia promised Tom`. Only belongings can be several. */
export type Chronicle = ReadonlyMap<string, readonly Holding[]>;

export interface Pair {
  readonly hero: string;
  readonly friend: string;
}

/** Plots in which the two meet for the first time. */
export const firstMeetings: ReadonlySet<string> = new Set(['new neighbor', 'storm shelter', 'helping up', 'shared meal']);

/** Plots that begin with what somebody has, by plot and role. In all others a thing is new. */
const ownedFrom: Readonly<Record<string, Readonly<Record<string, keyof Pair>>>> = {
  'lost toy': { toy: 'hero' },
  'borrowed toy': { toy: 'friend' },
  'fair trade': { toy: 'hero', trinket: 'friend' },
  'broken gear': { gear: 'hero' },
};

export const ownedRoles = (plot: string): readonly string[] => Object.keys(ownedFrom[plot] ?? {});

/** Belongings last; food is eaten. */
const kindOfThing = (role: string): 'toys' | 'gear' | undefined => {
  const facets = chapterRoles[role]?.facets ?? [];
  return facets.includes(toys) ? 'toys' : facets.includes(gear) ? 'gear' : undefined;
};

const entries: Readonly<Record<string, (pair: Pair, plot: string) => string>> = {
  hero: ({ hero }) => hero,
  friend: ({ friend }) => friend,
  home: ({ hero }) => `${hero}'s home`,
  elder: ({ hero, friend }, plot) => `${plot === 'helping up' ? friend : hero}'s elder`, // the only plot that tells of the friend's
  belonging: ({ hero }) => belongingsOf(hero, 'toys'),
  keepsake: ({ hero }) => `${hero}'s keepsake`,
  hiding: ({ hero }) => `${hero}'s hiding place`,
  vow: ({ hero, friend }) => `what ${hero} promised ${friend}`,
};

/** What of the chronicle a chapter's role stands for; undefined of a role that every chapter fills anew. */
export function entryOf(plot: string, role: string, pair: Pair): string | undefined {
  const owner = ownedFrom[plot]?.[role];
  return owner === undefined ? entries[role]?.(pair, plot) : belongingsOf(pair[owner], kindOfThing(role) ?? 'toys');
}

const belongingsOf = (owner: string, kind: 'toys' | 'gear'): string => `${owner}'s ${kind}`;

export const matches = (one: Holding, other: Holding): boolean => [...one].every(([facet, row]) => (other.get(facet) ?? row) === row);

/** True when two of a chapter share a row, which no two roles of a chapter may. */
export const clash = (one: Holding, other: Holding): boolean => [...one].some(([facet, row]) => other.get(facet) === row);

/** What a chapter has told. */
export interface ToldChapter {
  readonly plot: string;
  readonly pair: Pair;
  /** Rows that were written out, by role; of people perhaps more. */
  readonly rows: CastRows;
  readonly threads: ReadonlySet<Thread>;
  /** As they are at the end. */
  readonly facts: Facts;
}

/** The chronicle after one more chapter. */
export function continued(before: Chronicle, { plot, pair, rows, threads, facts }: ToldChapter): Chronicle {
  const after = new Map(before);
  for (const role of ['hero', 'friend', 'home', 'elder', 'keepsake', 'hiding', 'vow']) {
    const told = rows.get(role);
    if (told === undefined) continue;
    const entry = entries[role]!(pair, plot);
    after.set(entry, [new Map([...told, ...(before.get(entry)?.[0] ?? [])])]); // what was told first stands
  }
  const place = rows.get('elsewhere');
  if (threads.has('moveKeepsake') && place !== undefined) after.set(`${pair.hero}'s hiding place`, [place]);
  if (threads.has('keepPromise')) after.delete(`what ${pair.hero} promised ${pair.friend}`);
  for (const [fact, owner] of Object.entries(facts)) {
    const [role = '', property] = fact.split('.');
    const kind = kindOfThing(role);
    const thing = rows.get(role);
    if (property !== 'owner' || (owner !== 'hero' && owner !== 'friend') || kind === undefined || thing === undefined) continue;
    if (thing.size < chapterRoles[role]!.facets.length) continue; // too little is known to tell it from others
    for (const name of [pair.hero, pair.friend]) {
      const others = (after.get(belongingsOf(name, kind)) ?? []).filter((one) => !matches(one, thing));
      after.set(belongingsOf(name, kind), name === pair[owner] ? [...others, thing] : others);
    }
  }
  return after;
}

/** People in the order in which they were met. */
export const peopleIn = (chronicle: Chronicle): readonly string[] => [...chronicle.keys()].filter((entry) => !/[' ]/.test(entry));

/** Rows of a facet that nobody of the chronicle has and that go with `own`. */
export function freeRows(facet: Table, chronicle: Chronicle, own: Holding): readonly number[] {
  const taken = new Set(peopleIn(chronicle).map((name) => chronicle.get(name)?.[0]?.get(facet)));
  return [...facet.rows.keys()].filter((index) => {
    const row = facet.rows[index]!;
    return !taken.has(row) && [...own.values()].every((other) => agree(row, other));
  });
}
