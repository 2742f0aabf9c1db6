import { expect, test } from 'vitest';
import { nearestNames, similarName } from './nearest-names.js';

test('the three with the least edits, the nearest first, ties in their order', () => {
  const candidates = ['model.norm.weight', 'lm_head.weight', 'lm_head.bias', 'model.embed_tokens.weight', 'lm_heads.weight'];
  expect(nearestNames('lm_head.wieght', candidates)).toEqual(['lm_head.weight', 'lm_heads.weight', 'lm_head.bias']);
  expect(nearestNames('ab', ['b', 'a', 'abc', 'ba', 'ab'])).toEqual(['ab', 'b', 'a']);
});

test('a replacement counts one, not two; a text without letters is as far as the other is long', () => {
  expect(nearestNames('kitten', ['sitting', 'kittenish', 'itten'])).toEqual(['itten', 'sitting', 'kittenish']);
  expect(nearestNames('', ['abc', 'a', 'ab', ''])).toEqual(['', 'a', 'ab']);
});

test('a name may have been meant that differs in a third of its letters at most', () => {
  const candidates = ['low-confidence', 'margin', 'entropy'];
  expect(['low-confidense', 'lowconfidence', 'magrin', 'marg', 'margin'].map((name) => similarName(name, candidates))).toEqual(['low-confidence', 'low-confidence', 'margin', 'margin', 'margin']);
  expect(['foo', 'mar', 'kerning', 'topology', ''].map((name) => similarName(name, candidates))).toEqual(new Array(5).fill(undefined));
  expect(similarName('x', [])).toBeUndefined();
});

test('fewer than three are all', () => {
  expect(nearestNames('x', [])).toEqual([]);
  expect(nearestNames('x', ['y'])).toEqual(['y']);
});
