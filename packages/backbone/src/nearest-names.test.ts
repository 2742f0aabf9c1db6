import { expect, test } from 'vitest';
import { nearestNames } from './nearest-names.js';

test('the three with the least edits, the nearest first, ties in their order', () => {
  const candidates = ['model.norm.weight', 'lm_head.weight', 'lm_head.bias', 'model.embed_tokens.weight', 'lm_heads.weight'];
  expect(nearestNames('lm_head.wieght', candidates)).toEqual(['lm_head.weight', 'lm_heads.weight', 'lm_head.bias']);
  expect(nearestNames('ab', ['b', 'a', 'abc', 'ba', 'ab'])).toEqual(['ab', 'b', 'a']);
});

test('a replacement counts one, not two; a text without letters is as far as the other is long', () => {
  expect(nearestNames('kitten', ['sitting', 'kittenish', 'itten'])).toEqual(['itten', 'sitting', 'kittenish']);
  expect(nearestNames('', ['abc', 'a', 'ab', ''])).toEqual(['', 'a', 'ab']);
});

test('fewer than three are all', () => {
  expect(nearestNames('x', [])).toEqual([]);
  expect(nearestNames('x', ['y'])).toEqual(['y']);
});
