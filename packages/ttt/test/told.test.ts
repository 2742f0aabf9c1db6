import { causal } from '@palimpsest/backbone';
import { evaluate, input, reference } from '@palimpsest/graph';
import type { Value } from '@palimpsest/graph';
import { randomReference } from '@palimpsest/graph/testing';
import { openScope, sharedValues } from '@palimpsest/layers';
import { expect, test } from 'vitest';
import { tttLinear, tttMlp } from '@palimpsest/ttt';
import type { TttConfig } from '@palimpsest/ttt';
import { linearNaiveInner, mlpNaiveInner, normedResidualNaive, tttNaive } from '../src/layer/ttt.naive.js';
import type { NaiveTold } from '../src/layer/ttt.naive.js';

const config: TttConfig = { width: 7, heads: 3, headSize: 4, miniBatch: 4, baseRate: 1, normEpsilon: 1e-3, rotary: { theta: 50 } };

test.each([
  ['TTT-Linear', tttLinear, linearNaiveInner], ['TTT-MLP', tttMlp, mlpNaiveInner],
] as const)('%s tells its inner losses and how far it has moved, as its naive twin finds them', (_, layer, inner) => {
  const [batch, length] = [2, 11]; // two mini-batches and a part of one
  const { scope, declarations } = openScope();
  const build = layer(scope.child('layer'), config);
  const weights = Object.fromEntries(declarations.parameters.map(({ name, shape }, index) => [name, randomReference(shape, 300 + index)]));
  weights['layer.learnable_token_idx']!.data.fill(0); // else the last token of a mini-batch may read nothing
  const x = randomReference([batch, length, config.width], 5);
  const observed = new Map<string, Value>();
  build(input('x', [batch, length, config.width]), {
    batch, length, positions: input('positions', [batch, length], 'int64'), maximumLength: 40, visibility: causal, keep: () => undefined, shared: sharedValues(), observe: (name, value) => { observed.set(name, value); },
  });
  expect([...observed.keys()]).toEqual(['layer.lossBefore', 'layer.lossAfter', 'layer.tokens', 'layer.moved']);
  const [lossBefore, lossAfter, counts, moved] = evaluate([...observed.values()], { ...weights, x, positions: reference([batch, length], Array.from({ length: batch * length }, (_row, i) => i % length)) });

  expect([...counts!.data]).toEqual([4, 4, 4, 4, 3, 3]); // turns x rows
  const values = [lossBefore, lossAfter, moved];
  const local = Object.fromEntries(Object.entries(weights).map(([name, value]) => [name.replace('layer.', ''), value]));
  for (let row = 0; row < batch; row++) {
    const rows = Array.from({ length }, (_token, t) => [...x.data.subarray((row * length + t) * config.width, (row * length + t + 1) * config.width)]);
    const told: { readonly head: number; readonly own: NaiveTold }[] = [];
    tttNaive(rows, local, config, { inner, reconstruction: normedResidualNaive(config.normEpsilon), tell: (head, own) => told.push({ head, own }) });
    expect(told).toHaveLength(9);
    for (const [index, { head, own }] of told.entries()) {
      const at = ((index % 3) * batch + row) * config.heads + head;
      for (const [which, value] of [own.lossBefore, own.lossAfter, own.moved].entries()) expect(values[which]!.data[at]).toBeCloseTo(value, 10);
    }
    expect(told.filter(({ own }) => own.lossAfter < own.lossBefore && own.moved > 0.01).length).toBeGreaterThan(4);
  }
});
