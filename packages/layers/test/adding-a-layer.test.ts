import { readFileSync } from 'node:fs';
import { causal } from '@palimpsest/backbone';
import { evaluate, reference } from '@palimpsest/graph';
import type { Feeds } from '@palimpsest/graph';
import { expect, test } from 'vitest';
import { buildPass, defineModel, gatedMlp, residual, rmsNorm } from '../src/index.js';
import type { ModelDefinition } from '../src/index.js';
import { cumulativeAverage } from '../examples/cumulative-average.js';

const textOf = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

test('docs/adding-a-layer.md shows the example that is tested', () => {
  expect(textOf('../../../docs/adding-a-layer.md')).toContain(`\`\`\`ts\n${textOf('../examples/cumulative-average.ts')}\`\`\``);
});

const [width, batch, length] = [6, 3, 7];
const norm = { width, epsilon: 1e-6 };
const model: ModelDefinition = defineModel({
  vocabularySize: 11, width, maximumLength: 20, visibility: causal, prediction: 'next', tiedHead: true,
  layers: (scope) => [
    residual(rmsNorm(scope.child('0.norm'), norm), cumulativeAverage(scope.child('0.mixer'), { width })),
    residual(rmsNorm(scope.child('1.norm'), norm), gatedMlp(scope.child('1.mlp'), { width, hidden: 10 })),
  ],
  finalNorm: (scope) => rmsNorm(scope, norm),
});
let draws = 0;
const next = (): number => Math.sin(97 * ++draws); // any odd numbers do
const weights: Feeds = Object.fromEntries(model.parameters.map(({ name, shape }) =>
  [name, reference(shape, Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, next))]));
const tokens = Array.from({ length: batch * length }, () => Math.floor(5.5 * (1 + next())));

const columns = (from: number, to: number): number[] => tokens.filter((_, i) => i % length >= from && i % length < to);
const positions = (from: number, to: number): number[] => Array.from({ length: batch * (to - from) }, (_, i) => from + (i % (to - from)));

test('the example reads the mean of all tokens so far: a plain loop agrees', () => {
  const { kept } = buildPass(model, { batch, length });
  const [sum] = [...kept.keys()];
  const [total] = evaluate([kept.get(sum!)!], { ...weights, tokens: reference([batch, length], tokens), positions: reference([batch, length], positions(0, length)) });
  const table = weights['model.embed_tokens.weight']!.data;
  const scale = weights['model.layers.0.norm.weight']!.data;
  const expected = new Float64Array(batch * width);
  tokens.forEach((token, i) => {
    const row = table.subarray(token * width, (token + 1) * width);
    const root = Math.sqrt(row.reduce((squares, x) => squares + x * x, 0) / width + norm.epsilon);
    for (let j = 0; j < width; j++) expected[Math.floor(i / length) * width + j]! += (row[j]! / root) * scale[j]!;
  });
  total!.data.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 10));
});

test('the example carried over a cut gives what the whole sequence gives', () => {
  const whole = buildPass(model, { batch, length });
  const [all] = evaluate([whole.hidden], { ...weights, tokens: reference([batch, length], tokens), positions: reference([batch, length], positions(0, length)) });
  const cut = 4;
  const first = buildPass(model, { batch, length: cut });
  const [sum] = evaluate([[...first.kept.values()][0]!], { ...weights, tokens: reference([batch, cut], columns(0, cut)), positions: reference([batch, cut], positions(0, cut)) });
  const rest = buildPass(model, { batch, length: length - cut, capacity: 9 });
  const [tail] = evaluate([rest.hidden], {
    ...weights, tokens: reference([batch, length - cut], columns(cut, length)), positions: reference([batch, length - cut], positions(cut, length)),
    'model.layers.0.mixer.sum': sum!, 'prefix.lengths': reference([batch], [cut, cut, cut]), 'prefix.positions': reference([9], Array.from({ length: 9 }, (_, i) => i)),
  });
  for (let row = 0; row < batch; row++) {
    for (let i = 0; i < (length - cut) * width; i++) {
      expect(tail!.data[row * (length - cut) * width + i]).toBeCloseTo(all!.data[(row * length + cut) * width + i]!, 10);
    }
  }
});
