import fc from 'fast-check';
import { expect, test } from 'vitest';
import { columnsOf, columnsOfLine, harmless, paint, plain, textOfLine } from './styled.js';
import { wrap } from './wrap.js';

const text = fc.string({ unit: fc.constantFrom('a', 'é', '狐', 'e\u0301', '🦊', ' ', ' ', '\n', '░'), maxLength: 60 });

test('no line is longer than asked, and the lines hold the text, less the spaces at which it was broken', () => {
  fc.assert(fc.property(text, fc.integer({ min: 2, max: 17 }), fc.integer({ min: 0, max: 20 }), (whole, columns, cut) => {
    const lines = wrap([{ text: whole.slice(0, cut), style: '1' }, plain(whole.slice(cut))], columns);
    for (const line of lines) expect(columnsOfLine(line)).toBeLessThanOrEqual(columns);
    const bare = (given: string): string => given.replace(/[ \n]/g, '');
    expect(bare(lines.map(textOfLine).join(''))).toBe(bare(whole));
  }));
});

test('breaks at spaces where it can, inside words where it must', () => {
  const linesOf = (whole: string, columns: number): readonly string[] => wrap([plain(whole)], columns).map(textOfLine);
  expect(linesOf('the fox saw a hippopotamus', 8)).toEqual(['the fox', 'saw a', 'hippopot', 'amus']);
  expect(linesOf('one\n\ntwo', 8)).toEqual(['one', '', 'two']);
  expect(linesOf('狐狐狐', 4)).toEqual(['狐狐', '狐']);
});

test('styles stay with their characters across lines', () => {
  const lines = wrap([plain('the '), { text: 'small fox', style: '1' }], 9);
  expect(lines.map(paint)).toEqual(['the \u001b[1msmall\u001b[0m', '\u001b[1mfox\u001b[0m']);
});

test('columns: wide characters take two, marks none', () => {
  expect(['fox', '狐', '🦊', 'e\u0301', 'ｆ', ''].map(columnsOf)).toEqual([3, 2, 2, 1, 2, 0]);
});

test('a model cannot command the terminal', () => {
  expect(harmless('a\u001b[2Jb\u0007\u009bc\r\n\td\u007f')).toBe('a␛[2Jb␇␡c␍\n    d␡');
});
