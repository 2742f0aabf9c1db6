import type { Usage } from '@palimpsest/backbone';
import { expect, test } from 'vitest';
import { costOf, estimateFlopsPerPosition } from './cost.js';

const usages: readonly Usage[] = [
  { promptTokens: 3, generatedTokens: 10, forwardPasses: 10, positionsComputed: 12, milliseconds: 50, millisecondsToFirstToken: 9, millisecondsInModel: 40, stateBytes: 640 },
  { promptTokens: 5, generatedTokens: 30, forwardPasses: 6, positionsComputed: 188, milliseconds: 30, millisecondsToFirstToken: 3, millisecondsInModel: 24, stateBytes: 128 },
];

test('totals over totals, so that long texts count more', () => {
  expect(costOf(usages, 7)).toEqual({
    texts: 2, generatedTokens: 40, forwardPassesPerToken: 0.4, positionsPerToken: 5, millisecondsPerToken: 2, tokensPerSecond: 500, modelShare: 0.8,
    meanMillisecondsToFirstToken: 6, estimatedFlopsPerToken: 35, stateBytes: 640,
  });
});

test('texts without a token say nothing per token, among others they cost all the same', () => {
  const empty = { ...usages[0]!, generatedTokens: 0 };
  expect(() => costOf([empty], 1)).toThrow('costOf: expected texts with at least one generated token; got 1 without.');
  expect(() => costOf([], 1)).toThrow('got 0 without');
  expect(costOf([empty, usages[1]!], 7)).toMatchObject({ generatedTokens: 30, forwardPassesPerToken: 16 / 30, millisecondsPerToken: 80 / 30 });
});

test('operations of a position, counted product by product', () => {
  const { layers, width, heads, headSize, hidden, vocabulary, visible } = { layers: 3, width: 20, heads: 6, headSize: 4, hidden: 50, vocabulary: 37, visible: 9 };
  const attention = heads * headSize;
  let operations = 0;
  const matrix = (from: number, to: number): number => {
    operations += 2 * from * to;
    return from * to;
  };
  let parameters = 0;
  for (let layer = 0; layer < layers; layer++) {
    for (const [from, to] of [[width, attention], [width, attention], [width, attention], [attention, width], [width, hidden], [width, hidden], [hidden, width]] as const) parameters += matrix(from, to);
    for (let head = 0; head < heads; head++) operations += 2 * visible * headSize + 2 * visible * headSize; // scores, weighted sum
  }
  parameters += matrix(width, vocabulary);
  expect(estimateFlopsPerPosition({ matrixParameters: parameters, layers, attentionWidth: attention, visibleTokens: visible })).toBe(operations);
});
