import { describe, expect, test } from 'vitest';
import { doubtfulPronoun, readTemplate, surface } from './pattern.js';
import { records, words, type Role, type Row } from './table.js';

const names = records('names', ['name', 'he', 'him', 'his', 'himself'], ['Mia / she / her / her / herself', 'Tom / he / him / his / himself']);
const person: Role = { facets: [names, words('trait', 'shy, honest')], forms: { '': ['name'], looks: ['trait', 'name'] }, person: true };
const roles: Record<string, Role> = {
  hero: person,
  friend: person,
  thing: { facets: [words('look', 'old, red'), words('noun', 'bell, kite')], forms: { '': ['look', 'noun'] }, person: false },
};
const write = (template: string, row: number): string[] =>
  readTemplate(template, roles).map(({ pieces }) => pieces.map((piece) => (typeof piece === 'string' ? piece : surface(piece, piece.facet.rows[row] as Row))).join(''));

describe('readTemplate', () => {
  test.each([
    ['{hero} had {a thing}.', 0, ['Mia had an old bell.']],
    ['{hero} had {a thing}.', 1, ['Tom had a red kite.']],
    ['{a thing.noun} is {thing.look}.', 0, ['A bell is old.']],
    ['{hero} is {a hero.looks}.', 1, ['Tom is an honest Tom.']],
    ['"{thing.noun}," said {hero}. {thing.look}!', 1, ['"Kite," said Tom. Red!']],
    ['Then {hero} said, "{thing.look} or not?"', 0, ['Then Mia said, "Old or not?"']],
    ['{hero~} sang.', 0, ['Mia sang.', 'She sang.']],
    ['Then {hero~his} {thing.noun} broke.', 0, ["Then Mia's bell broke.", 'Then her bell broke.']],
    ['{hero~} saw {friend~him}.', 1, ['Tom saw Tom.', 'Tom saw him.', 'He saw Tom.', 'He saw him.']],
  ])('%s', (template, row, expected) => {
    expect(write(template, row)).toEqual(expected);
  });

  test('knows who is named and who is only meant', () => {
    const [pattern] = readTemplate('{hero} gave {friend.him} {hero.his} {thing}.', roles);
    expect([...(pattern?.people ?? [])]).toEqual(['hero', 'friend']);
    expect(pattern?.unnamed).toEqual(['friend']);
  });

  test('a slot that the world lacks is an error that names it', () => {
    expect(() => readTemplate('{hero} had {a thingy}.', roles)).toThrow(/\{thingy\.\}/);
    expect(() => readTemplate('{hero.hat}.', roles)).toThrow(/\{hero\.hat\}/);
  });
});

test('a pronoun is clear when its owner, and nobody else who shares it, was in the sentence before', () => {
  const [pattern] = readTemplate('{hero.he} sang.', roles);
  if (pattern === undefined) throw new RangeError('no pattern');
  const doubt = (before: string[], friend: string): string | undefined =>
    doubtfulPronoun(pattern, new Set(before), (role) => (role === 'hero' ? 'she' : friend));
  expect(doubt(['hero'], 'she')).toBeUndefined();
  expect(doubt(['hero', 'friend'], 'he')).toBeUndefined();
  expect(doubt(['hero', 'friend'], 'she')).toBe('hero');
  expect(doubt(['friend'], 'he')).toBe('hero');
  expect(doubt([], 'he')).toBe('hero');
});

test('a table line with the wrong number of cells is an error that shows it', () => {
  expect(() => records('skills', ['do', 'doing'], ['swim / swimming', 'sing'])).toThrow('table skills, line "sing": expected 2 cells; got 1');
});
