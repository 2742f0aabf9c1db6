import { expect, test } from 'vitest';
import { bidirectional, blockCausal, causal } from './visibility.js';
import type { Visibility } from './visibility.js';

const drawn = ({ sees }: Visibility, length: number): string[] =>
  Array.from({ length }, (_, query) => Array.from({ length }, (_, key) => (sees(query, key) ? 'x' : '.')).join(''));

test('each visibility as a picture, a line to a query', () => {
  expect(drawn(causal, 3)).toEqual(['x..', 'xx.', 'xxx']);
  expect(drawn(bidirectional, 3)).toEqual(['xxx', 'xxx', 'xxx']);
  expect(drawn(blockCausal(2), 5)).toEqual(['xx...', 'xx...', 'xxxx.', 'xxxx.', 'xxxxx']);
});

test('block-causal lies between: blocks of 1 are causal, a block as long as the text is bidirectional', () => {
  expect(drawn(blockCausal(1), 7)).toEqual(drawn(causal, 7));
  expect(drawn(blockCausal(7), 7)).toEqual(drawn(bidirectional, 7));
  expect([causal, bidirectional, blockCausal(4)].map(({ name, blockSize }) => [name, blockSize])).toEqual([
    ['causal', 1], ['bidirectional', Infinity], ['block-causal(4)', 4],
  ]);
});

test('a block size is a positive integer', () => {
  for (const size of [0, -3, 2.5, Number.NaN]) expect(() => blockCausal(size)).toThrow(`the block size must be a positive integer; got ${size}`);
  expect(() => blockCausal(Infinity)).toThrow('For one endless block use bidirectional.');
});
