import { bidirectional, causal } from '@palimpsest/backbone';
import { evaluate, gather, input, matMul, multiplyDimensions, nodesInOrder, parameter, reference, reshape } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import { buildPass } from '@palimpsest/layers';
import { expect, test } from 'vitest';
import { randomTokens, randomWeights, tinyModel } from '../test/tiny-model.js';
import { wantedRows } from './wanted-rows.js';

const rows = input('rows', ['rows'], 'int64');
const flat = (x: Value): Value => reshape(x, [multiplyDimensions(x.shape.slice(0, 2)), x.shape[2]!]);
const picked = (x: Value): Value => gather(flat(x), rows);
/** First sizes of what is multiplied, product by product. */
const multiplied = (outputs: readonly Value[]): readonly unknown[] => nodesInOrder(outputs).flatMap(({ op, inputs }) => (op === 'matMul' ? [inputs[0]!.shape[0]] : []));

test.each([
  ['plain', tinyModel(bidirectional)],
  ['with norms, biases and a tied head', tinyModel(causal, { queryKeyNorm: true, queryKeyValueBias: true, outputBias: true, tiedHead: true })],
])('a model %s: the wanted rows are those of a pass that picks them last, and the last layer multiplies no others behind its attention', (_, definition) => {
  const { hidden, kept } = buildPass(definition, { batch: 'batch', length: 'length' });
  const others = [...kept.values()];
  const [early, late] = [wantedRows(hidden, rows, others), picked(hidden)];
  const feeds = {
    ...Object.fromEntries([...randomWeights(definition, 5)].map(([name, { shape, ...weight }]) => [name, reference(shape, 'data' in weight ? weight.data : [])])),
    tokens: reference([2, 7], randomTokens(14, definition.vocabularySize, 3)), positions: reference([2, 7], Array.from({ length: 14 }, (__, i) => i % 7)),
    rows: reference([4], [13, 2, 2, 8]),
  };
  expect(evaluate([early, ...others], feeds)).toEqual(evaluate([late, ...others], feeds));
  expect(multiplied([late])).toEqual(new Array(14).fill('batch'));
  expect(multiplied([early, ...others])).toEqual([...new Array(10).fill('batch'), 'rows', 'rows', 'rows', 'rows']); // output, gate, up, down
});

test('what something else reads whole is picked, not multiplied again', () => {
  const [x, first, second] = [input('x', [2, 3, 5]), parameter('first', [4, 5]), parameter('second', [6, 4])];
  const inner = matMul(x, first, { transposeRight: true });
  const outer = matMul(inner, second, { transposeRight: true });
  expect(multiplied([wantedRows(outer, rows, [])])).toEqual(['rows', 'rows']);
  expect(multiplied([wantedRows(outer, rows, [inner]), inner])).toEqual([2, 'rows']);
  expect(multiplied([wantedRows(outer, rows, [outer]), outer])).toEqual([2, 2]);
});
