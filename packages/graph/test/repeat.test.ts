import { describe, expect, test } from 'vitest';
import { add, evaluate, gather, input, matMul, multiply, parameter, reduceSum, reference, repeatOnnx, scalar, tanh, writeOnnx } from '../src/index.js';
import type { Feeds } from '../src/index.js';
import { randomReference } from '../src/testing/index.js';
import { runOnnx } from './onnx-runtime.js';

/** One turn: a state is turned by a weight that grows, and a word of a table is added. */
const state = input('state', [2, 3]);
const weight = parameter('weight', [3, 3]);
const words = input('words', [2], 'int64');
const pace = input('pace', []);
const table = randomReference([5, 3], 1);
const nextState = tanh(add(matMul(state, weight), gather(parameter('table', [5, 3]), words)));
const outputs = { 'next state': nextState, 'next weight': multiply(weight, pace), total: reduceSum(nextState, { axes: [1] }), twice: multiply(pace, scalar(2)) };
const model = writeOnnx({ outputs, storage: (name) => (name === 'table' ? { data: table.data } : 'input') });
const carried = { state: 'next state', weight: 'next weight' };

const types = { words: 'int64', turns: 'int64' } as const;
const first: Feeds = { state: randomReference([2, 3], 2), weight: randomReference([3, 3], 3) };
const rows = [[4, 0], [1, 1], [3, 2]];
const paces = [1.25, 0.5, -1.5];

async function repeated(turns: number): Promise<Feeds> {
  const feeds = { ...first, turns: reference([], [turns]), words: reference([turns, 2], rows.slice(0, turns).flat()), pace: reference([turns], paces.slice(0, turns)) };
  return runOnnx(repeatOnnx(model, carried), feeds, types, 'all');
}

describe('a graph run several times in one call', () => {
  test.each([1, 3])('gives the same numbers, bit for bit, as %i calls', async (turns) => {
    let carriedOn = first;
    const totals: number[] = [];
    for (let turn = 0; turn < turns; turn++) {
      const results = await runOnnx(model, { ...carriedOn, words: reference([2], rows[turn]!), pace: reference([], [paces[turn]!]) }, types, 'all');
      totals.push(...results['total']!.data);
      carriedOn = { state: results['next state']!, weight: results['next weight']! };
    }
    const results = await repeated(turns);
    expect(results['next state']).toEqual(carriedOn['state']);
    expect(results['next weight']).toEqual(carriedOn['weight']);
    expect(results['total']).toEqual(reference([turns, 2], totals));
    expect(results['twice']).toEqual(reference([turns], paces.slice(0, turns).map((value) => 2 * value)));
  });

  test('and the interpreter, turn by turn, agrees', async () => {
    let carriedOn: Feeds = { ...first, table };
    for (let turn = 0; turn < 3; turn++) {
      const [s, w] = evaluate([outputs['next state'], outputs['next weight']], { ...carriedOn, words: reference([2], rows[turn]!), pace: reference([], [paces[turn]!]) });
      carriedOn = { ...carriedOn, state: s!, weight: w! };
    }
    const results = await repeated(3);
    results['next state']!.data.forEach((value, i) => { expect(value).toBeCloseTo(carriedOn['state']!.data[i]!, 5); });
  });

  test('no turn leaves what is carried as it was', async () => {
    expect((await repeated(0))['next state']).toEqual(first['state']);
  });
});

describe('what cannot be repeated', () => {
  test.each([
    ['an input that is not there', { stat: 'next state' }, /^repeatOnnx: expected an input stat to carry; got state, weight, words, pace\.$/],
    ['an output that is not there', { state: 'state' }, /^repeatOnnx: expected an output state to carry; got next state, next weight, total, twice\.$/],
  ])('%s', (_, names, message) => {
    expect(() => repeatOnnx(model, names as Readonly<Record<string, string>>)).toThrow(message);
  });

  test('a port with the name of the number of turns', () => {
    const clash = writeOnnx({ outputs: { turns: add(input('x', []), 1) } });
    expect(() => repeatOnnx(clash, {})).toThrow('repeatOnnx: expected other names; got turns. Rename the port.');
  });
});
