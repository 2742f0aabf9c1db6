import { assert, integer, property } from 'fast-check';
import { expect, test } from 'vitest';
import { fromPrompt, fromStart, planBlocks } from './block-plan.js';
import type { Alignment, BlockPlan } from './block-plan.js';

const plan = (promptLength: number, length: number, blockSize: number, alignment: Alignment): BlockPlan => planBlocks(promptLength, length, blockSize, alignment(promptLength, blockSize));
const cells = (promptLength: number, length: number, blockSize: number, alignment = fromStart): readonly string[] =>
  plan(promptLength, length, blockSize, alignment).blocks.map(({ start, end }) => `${start}-${end}`);

test('from the first token: the prompt\'s last tokens share the first block', () => {
  expect(plan(7, 18, 5, fromStart)).toEqual({ committed: 5, blocks: [{ start: 7, end: 10 }, { start: 10, end: 15 }, { start: 15, end: 18 }] });
  expect(cells(10, 18, 5)).toEqual(['10-15', '15-18']);
  expect(cells(3, 8, 5)).toEqual(['3-5', '5-8']);
});

test('from the prompt: the first block is whole', () => {
  expect(plan(7, 18, 5, fromPrompt)).toEqual({ committed: 7, blocks: [{ start: 7, end: 12 }, { start: 12, end: 17 }, { start: 17, end: 18 }] });
  expect(cells(10, 18, 5, fromPrompt)).toEqual(cells(10, 18, 5));
});

test('one token to a block, and one block for all', () => {
  expect(cells(2, 5, 1)).toEqual(['2-3', '3-4', '4-5']);
  expect(plan(2, 5, Infinity, fromStart)).toEqual({ committed: 0, blocks: [{ start: 2, end: 5 }] });
});

test('each cell once, in order; every block but the first and the last is whole, and ends on the grid', () => {
  assert(property(integer({ min: 0, max: 20 }), integer({ min: 1, max: 40 }), integer({ min: 1, max: 9 }), (prompt, canvas, size) => {
    for (const alignment of [fromStart, fromPrompt]) {
      const { committed, blocks } = plan(prompt, prompt + canvas, size, alignment);
      expect(committed).toBeLessThanOrEqual(prompt);
      expect(blocks.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i))).toEqual(Array.from({ length: canvas }, (_, i) => prompt + i));
      blocks.slice(0, -1).forEach(({ end }, index) => { expect(end).toBe(committed + (index + 1) * size); });
      if (alignment === fromStart) expect(committed % size).toBe(0);
    }
  }), { seed: 3, numRuns: 300 });
});
