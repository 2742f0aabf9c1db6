import { expect, test } from 'vitest';
import { bytesText, countText, durationText, percent, short } from './amounts.js';
import { bar, sparkline } from './sparkline.js';
import { table } from './table.js';

test('amounts read well at every size', () => {
  expect([0, 812, 3_400, 6_291_456, 12_345_678_901].map(bytesText)).toEqual(['0 bytes', '812 bytes', '3.4 kB', '6.29 MB', '12.3 GB']);
  expect([0, 128, 9_999, 16_384, 2_800_000].map(countText)).toEqual(['0', '128', '9,999', '16.4 k', '2.8 M']);
  expect([0.0123, 0.9, 1.5, 89, 90, 3_600, 5_400, 9_000].map(durationText)).toEqual(['12.3 ms', '900 ms', '1.5 s', '89 s', '2 min', '60 min', '1 h 30 min', '2 h 30 min']);
  expect([0.004567, 1, 141.4, 5012].map(short)).toEqual(['0.00457', '1', '141', '5,012']);
  expect([0, 0.456, 1].map(percent)).toEqual(['0 %', '46 %', '100 %']);
});

test('a sparkline goes from the lowest to the highest, by means where values share a character', () => {
  expect(sparkline([8, 7, 6, 5, 4, 3, 2, 1], 8)).toBe('█▇▆▅▄▃▂▁');
  expect(sparkline([4, 0, 0, 0, 2, 2], 3)).toBe('█▁█');
  expect(sparkline([3, 3], 5)).toBe('▁▁');
  expect(sparkline([], 5)).toBe('');
});

test('a bar fills by eighths', () => {
  expect([0, 0.5, 0.53125, 1, 7].map((share) => bar(share, 4))).toEqual(['░░░░', '██░░', '██▏░', '████', '████']);
});

test('a table has its columns below each other', () => {
  expect(table([['', 'a', 'b'], ['tokens', '7', '128'], ['狐', '12', '']], ['left', 'right', 'right'])).toEqual(['         a    b', 'tokens   7  128', '狐      12']);
});
