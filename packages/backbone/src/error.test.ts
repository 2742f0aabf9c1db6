import { expect, test } from 'vitest';
import { PalimpsestError } from './error.js';

test('carries its fields and makes a sentence of them', () => {
  const cause = new Error('below');
  const error = new PalimpsestError({ where: 'matMul', expected: 'equal inner dimensions', got: '3 and 4', hint: 'Transpose right?', cause });
  expect(error).toMatchObject({ name: 'PalimpsestError', where: 'matMul', expected: 'equal inner dimensions', got: '3 and 4', hint: 'Transpose right?', cause });
  expect(error.message).toBe('matMul: expected equal inner dimensions; got 3 and 4. Transpose right?');
});

test('without a hint or a cause it has neither', () => {
  const error = new PalimpsestError({ where: 'top', expected: '1', got: '0' });
  expect(error.message).toBe('top: expected 1; got 0.');
  expect(error.hint).toBeUndefined();
  expect('cause' in error).toBe(false);
});
