import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { FIRST_HELD_OUT_SEED } from '../generator/split.js';
import { storybook } from '../generator/storybook.js';
import { chapterPlots, firstMeetings, ownedRoles } from './chronicle.js';
import { longStorybookDataset } from './dataset.js';
import { longStorybook } from './long-storybook.js';

const stories = Array.from({ length: 60 }, (_, seed) => longStorybook(seed, { chapters: 5 + ((7 * seed) % 32) }));
const matchesIn = (text: string, pattern: RegExp): readonly (readonly string[])[] => [...text.matchAll(pattern)].map((match) => match.slice(1));

/** Two words are the trait and the kind. */
const looks = /\b[Aa]n? (\w+ \w+) (?:named|called) (\w+)|\b(\w+), an? (\w+ \w+)[,.]|\b(\w+) was an? (\w+ \w+) who lived/g;

describe('longStorybook', () => {
  test('is a function of seed and chapters, unlike the short story of the seed', () => {
    expect(longStorybook(77, { chapters: 6 })).toEqual(longStorybook(77, { chapters: 6 }));
    expect(longStorybook(78, { chapters: 6 }).text).not.toBe(longStorybook(77, { chapters: 6 }).text);
    expect(longStorybook(77).chapters.length).toBe(24);
    expect(longStorybook(77).text).not.toContain(storybook(77).text);
    const digest = createHash('sha256').update(Array.from({ length: 40 }, (_, seed) => longStorybook(seed, { chapters: 6 }).text).join('\n')).digest('hex');
    expect(digest).toBe('45ddcbaeba413eb05da0d958ede8b899ac3fba8896cc6c9233fbc54bbe68150e');
  });

  test('chapters are paragraphs of 6 or more sentences; all plots and threads are told', () => {
    const steps = new Set<string>();
    const plots = new Set<string>();
    for (const { text, chapters } of stories) {
      expect(text.split('\n\n')).toEqual(chapters.map(({ sentences }) => sentences.join(' ')));
      expect(text).not.toMatch(/[^\n]\n[^\n]|\n\n\n| {2}|undefined|[{}]/);
      for (const chapter of chapters) {
        expect(chapter.sentences.length).toBeGreaterThanOrEqual(6);
        expect(chapter.steps.length).toBe(chapter.sentences.length);
        plots.add(chapter.plot);
        for (const step of chapter.steps) steps.add(step);
      }
    }
    expect(plots.size).toBe(20);
    expect(steps).toEqual(new Set(chapterPlots.flatMap((plot) => plot.steps.map(({ name }) => name))));
  });

  test('few people, met one by one: the hero of a chapter is known from before', () => {
    for (const { chapters } of stories) {
      const met = new Set<string>();
      for (const [index, { hero, friend }] of chapters.entries()) {
        expect(met.has(hero)).toBe(index > 0);
        expect(hero).not.toBe(friend);
        met.add(hero).add(friend);
      }
      expect(met.size).toBeLessThanOrEqual(Math.min(10, 3 + Math.floor(chapters.length / 6)));
    }
    expect(new Set(longStorybook(3, { chapters: 60 }).chapters.map(({ friend }) => friend)).size).toBeGreaterThan(6);
  });

  test('who is who stays from chapter to chapter, and nobody shares it, read off the text alone', () => {
    let told = 0;
    for (const { text } of stories) {
      const known = new Map<string, string>();
      for (const groups of matchesIn(text, looks)) {
        const [look = '', name = ''] = groups[1] !== undefined ? [groups[0], groups[1]] : groups[2] !== undefined ? [groups[3], groups[2]] : [groups[5], groups[4]];
        expect(known.get(name) ?? look).toBe(look);
        known.set(name, look);
        told += 1;
      }
      const words = [...known.values()].flatMap((look) => look.split(' '));
      expect(new Set(words).size).toBe(words.length);
    }
    expect(told).toBeGreaterThan(1500);
  });

  test('homes, keepsakes and promises are as they were told last, read off the text alone', () => {
    const counts = { homes: 0, seen: 0, moved: 0, recalled: 0, kept: 0 };
    const place = '((?:under|behind|beside|near) the [a-z ]+?)';
    for (const { chapters } of stories) {
      const homes = new Map<string, string>();
      const hidden = new Map<string, string>();
      const promised = new Map<string, string>();
      for (const sentence of chapters.flatMap(({ sentences }) => sentences)) {
        const only = (pattern: RegExp): readonly string[] | undefined => matchesIn(sentence, pattern)[0];
        const home = only(/^(\w+) was an? \w+ \w+ who lived (.+)\.$/g) ?? only(/named (\w+) lived (.+)\.$/g);
        if (home !== undefined) {
          const [name = '', where = ''] = home;
          counts.homes += homes.has(name) ? 1 : 0;
          expect(homes.get(name) ?? where).toBe(where);
          homes.set(name, where);
        }
        const hid = only(new RegExp(`^(\\w+) hid an? (\\w+ [a-z]+) ${place} and told nobody`, 'g')) ?? only(new RegExp(`(\\w+) (?:hid|put) an? (\\w+ [a-z]+) ${place}(?:\\.| to keep)`, 'g'));
        if (hid !== undefined) hidden.set(hid[0]!, `${hid[1]} ${hid[2]}`);
        const seen = only(new RegExp(`^(\\w+) looked ${place}, and the (\\w+ [a-z]+) was still there`, 'g'));
        if (seen !== undefined) {
          counts.seen += 1;
          expect(hidden.get(seen[0]!)).toBe(`${seen[2]} ${seen[1]}`);
        }
        const moved = only(new RegExp(`^(\\w+) took the (\\w+ [a-z]+) from its place ${place} and hid it ${place}\\.$`, 'g'))
          ?? only(new RegExp(`^That night, (\\w+) found the (\\w+ [a-z]+) ${place} and moved it to a place ${place}\\.$`, 'g'));
        if (moved !== undefined) {
          counts.moved += 1;
          const [name = '', thing = '', from = '', to = ''] = moved;
          expect(hidden.get(name)).toBe(`${thing} ${from}`);
          expect(to).not.toBe(from);
          hidden.set(name, `${thing} ${to}`);
        }
        const third = only(new RegExp(`^The (\\w+ [a-z]+) was no longer safe ${place}, so (\\w+) hid it ${place}\\.$`, 'g'));
        if (third !== undefined) {
          expect(hidden.get(third[2]!)).toBe(`${third[0]} ${third[1]}`);
          hidden.set(third[2]!, `${third[0]} ${third[3]}`);
        }
        const made = only(/show you how to (.+)," (\w+) promised (\w+)\.$/g);
        if (made !== undefined) promised.set(`${made[1]} ${made[2]}`, made[0]!);
        const other = only(/^(\w+) promised (\w+) to show (?:him|her) how to (.+)\.$/g);
        if (other !== undefined) promised.set(`${other[0]} ${other[1]}`, other[2]!);
        const vow = only(/^"You want to (.+), (\w+), and I promise to teach you," said (\w+)\.$/g);
        if (vow !== undefined) promised.set(`${vow[2]} ${vow[1]}`, vow[0]!);
        const recalled = only(/^(\w+) had not forgotten the promise to show (\w+) how to (.+)\.$/g);
        if (recalled !== undefined) {
          counts.recalled += 1;
          expect(promised.get(`${recalled[0]} ${recalled[1]}`)).toBe(recalled[2]);
        }
        const kept = only(/^(\w+) showed (\w+) how to (.+), as promised long ago\.$/g);
        if (kept !== undefined) {
          counts.kept += 1;
          expect(promised.get(`${kept[0]} ${kept[1]}`)).toBe(kept[2]);
        }
      }
    }
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(20);
  });

  test.each([1, 201, 3.5])('%s chapters are an error', (chapters) => {
    for (const make of [() => longStorybook(1, { chapters }), () => longStorybookDataset({ chapters })]) expect(make).toThrow(`longStorybook: chapters: expected an integer from 2 to 200; got ${chapters}.`);
  });
});

test('plots with threads keep the laws of plots: names and sentences are told apart', () => {
  for (const { steps } of chapterPlots) {
    expect(new Set(steps.map(({ name }) => name)).size).toBe(steps.length);
    const sentences = steps.flatMap(({ patterns }) => patterns.map(({ pieces }) => pieces.map((piece) => (typeof piece === 'string' ? piece : JSON.stringify(piece))).join('')));
    expect(new Set(sentences).size).toBe(sentences.length);
  }
});

test('plots and roles that the chronicle names are there, and begin with what it says', () => {
  const names = chapterPlots.map(({ name }) => name);
  for (const name of firstMeetings) expect(names).toContain(name);
  const owned = chapterPlots.flatMap(({ name, steps }) => ownedRoles(name).map((role) => {
    const first = steps.find(({ patterns }) => patterns.some(({ pieces }) => pieces.some((piece) => typeof piece !== 'string' && piece.role === role)));
    return [name, role, first?.sets[`${role}.owner`]];
  }));
  expect(owned).toEqual([
    ['lost toy', 'toy', 'hero'], ['borrowed toy', 'toy', 'friend'], ['broken gear', 'gear', 'hero'], ['fair trade', 'toy', 'hero'], ['fair trade', 'trinket', 'friend'],
  ]);
});

test('the two sides have no text in common', () => {
  const { name, training, heldOut, trainingCount } = longStorybookDataset({ chapters: 3 });
  expect([name, trainingCount]).toEqual(['long storybook of 3 chapters', FIRST_HELD_OUT_SEED]);
  expect(heldOut(7)).toBe(longStorybook(2 ** 31 + 7, { chapters: 3 }).text);
  const learned = new Set(Array.from({ length: 300 }, (_, index) => training(index)));
  expect(Array.from({ length: 300 }, (_, index) => heldOut(index)).filter((text) => learned.has(text))).toEqual([]);
  expect(() => training(-1)).toThrow(/trainingSeed/);
});
