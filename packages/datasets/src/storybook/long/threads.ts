import type { PlotPlan, StepPlan } from '../grammar/plot.js';
import type { Role } from '../grammar/table.js';
import { meetFriend } from '../plots/beginnings.js';
import { roles } from '../world/roles.js';

/** The slots of a chapter: those of a story, and those of the threads that run from chapter to chapter. */
export const chapterRoles: Readonly<Record<string, Role>> = {
  ...roles, belonging: roles.toy!, keepsake: roles.toy!, hiding: roles.spot!, elsewhere: roles.spot!, vow: roles.skill!,
};

/** Told near a chapter's beginning: what an earlier chapter left. */
const haveBelonging: StepPlan = {
  name: 'still have it',
  says: ['{hero} still had the {belonging}.', '{hero} never went out without the {belonging}.', 'As always, {hero} carried the {belonging}.'],
  chance: 0.6,
};
const seeKeepsake: StepPlan = {
  name: 'see the keepsake',
  says: [
    '{hero} looked {hiding}, and the {keepsake} was still there.',
    'The {keepsake} was still {hiding}, where {hero} had hidden it.',
    '{hero} went to see whether the {keepsake} was still {hiding}.',
  ],
  chance: 0.6,
};
const recallPromise: StepPlan = {
  name: 'recall the promise',
  says: [
    '{hero} had not forgotten the promise to show {friend} how to {vow}.',
    '{hero} still owed {friend} a lesson, for {friend} wanted to {vow}.',
    '"Soon I will show {friend} how to {vow}, as I promised," thought {hero}.',
  ],
  chance: 0.6,
};

/** Told after a chapter's ending: what a later one takes up. */
const hideKeepsake: StepPlan = {
  name: 'hide a keepsake',
  says: [
    '{hero} hid {a keepsake} {hiding} and told nobody.',
    'Before going to bed, {hero} hid {a keepsake} {hiding}.',
    'That evening, {hero} put {a keepsake} {hiding} to keep it safe.',
  ],
  chance: 0.5,
};
const moveKeepsake: StepPlan = {
  name: 'move the keepsake',
  says: [
    '{hero} took the {keepsake} from its place {hiding} and hid it {elsewhere}.',
    'The {keepsake} was no longer safe {hiding}, so {hero} hid it {elsewhere}.',
    'That night, {hero} found the {keepsake} {hiding} and moved it to a place {elsewhere}.',
  ],
  chance: 0.3,
};
const makePromise: StepPlan = {
  name: 'make a promise',
  says: [
    '"One day I will show you how to {vow}," {hero} promised {friend}.',
    '{hero} promised {friend} to show {friend.him} how to {vow}.',
    '"You want to {vow}, {friend}, and I promise to teach you," said {hero}.',
  ],
  chance: 0.5,
};
const keepPromise: StepPlan = {
  name: 'keep the promise',
  says: [
    'At last, {hero} kept the old promise and showed {friend} how to {vow}.',
    '{hero} showed {friend} how to {vow}, as promised long ago.',
    '"Now you know how to {vow}, just as I promised," said {hero} to {friend}.',
  ],
  chance: 0.5,
};

export type Thread = 'haveBelonging' | 'seeKeepsake' | 'recallPromise' | 'hideKeepsake' | 'moveKeepsake' | 'makePromise' | 'keepPromise';
export const threads: Readonly<Record<Thread, StepPlan>> = { haveBelonging, seeKeepsake, recallPromise, hideKeepsake, moveKeepsake, makePromise, keepPromise };
/** The thread of a step, by its name. */
export const threadNamed: ReadonlyMap<string, Thread> = new Map(Object.entries(threads).map(([thread, { name }]) => [name, thread as Thread])); // entries forget that keys are threads

/** Threads that go on with what an earlier chapter began. */
export const goesOn: ReadonlySet<Thread> = new Set<Thread>(['haveBelonging', 'seeKeepsake', 'recallPromise', 'moveKeepsake', 'keepPromise']);

/** A story's plot with room for the threads: after the introductions, and after the ending. */
export function asChapter({ name, steps }: PlotPlan): PlotPlan {
  const introductions = steps[1] === meetFriend ? 2 : 1;
  return {
    name,
    steps: [
      ...steps.slice(0, introductions), haveBelonging, seeKeepsake, recallPromise, ...steps.slice(introductions),
      hideKeepsake, moveKeepsake, makePromise, keepPromise,
    ],
  };
}
