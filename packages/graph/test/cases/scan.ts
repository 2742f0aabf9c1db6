import { add, cast, matMul, multiply, reduceSum, reshape, scan, sigmoid, slice, tanh } from '../../src/index.js';
import type { OpName, Reference, Value } from '../../src/index.js';
import { at, integers, random, sum, tabulate } from './case.js';
import type { Case } from './case.js';

/** s[t] = fade s[t-1] + x[t] yᵀ, one number at a time: what is left of every earlier turn, summed. */
const [start, xs, fade] = [random([2, 3], 121), random([4, 2], 122), random([3], 123, 0.3, 0.9)];
const state = (turns: number): Reference => tabulate([2, 3], (i, j) =>
  fade.data[j!]! ** turns * at(start, i!, j!) + sum(turns, (t) => fade.data[j!]! ** (turns - 1 - t) * at(xs, t, i!)));
const fading = ([s, x, f]: readonly Value[]): ReturnType<typeof scan> => scan({
  carried: [s!], sequences: [x!], shared: [f!],
  turn: ({ carried: [now], slices: [row], shared: [factor] }) => {
    const next = add(multiply(now!, factor!), reshape(row!, [2, 1]));
    return { carried: [next], results: [next, reduceSum(now!, { axes: [1] })] };
  },
});
const rowsOf = (turn: number): number => state(turn).data.reduce((total, value) => total + value, 0);

/** Two states that read each other, two sequences, a matrix that all turns share. */
const tangled = ([a, b, x, y, w]: readonly Value[]): ReturnType<typeof scan> => scan({
  carried: [a!, b!], sequences: [x!, y!], shared: [w!],
  turn: ({ carried: [left, right], slices: [u, v], shared: [matrix] }) => {
    const turned = tanh(add(matMul(left!, matrix!), u!));
    return { carried: [turned, multiply(right!, sigmoid(add(turned, v!)))], results: [multiply(turned, right!)] };
  },
});
const tangledInputs = [random([2, 3], 131), random([2, 3], 132), random([3, 2, 3], 133), random([3, 1, 3], 134), random([3, 3], 135)];

export const scanCases = {
  scan: [
    { name: 'what is carried in the end', inputs: [start, xs, fade], build: (values) => fading(values).carried, expected: [state(4)] },
    {
      name: 'results of every turn', inputs: [start, xs, fade], build: (values) => fading(values).results,
      expected: [
        tabulate([4, 2, 3], (t, i, j) => at(state(t! + 1), i!, j!)),
        tabulate([4, 2], (t, i) => sum(3, (j) => at(state(t!), i!, j))),
      ],
    },
    {
      name: 'results that are read in part, and what is carried', inputs: [start, xs, fade],
      build: (values) => {
        const { carried: [last], results: [, sums] } = fading(values);
        return [add(reduceSum(sums!), 1), last!];
      },
      expected: [tabulate([], () => 1 + sum(4, rowsOf)), state(4)],
    },
    { name: 'states that read each other', inputs: tangledInputs, build: (values) => add(reduceSum(tangled(values).results[0]!, { axes: [0] }), tangled(values).carried[1]!) },
    { name: 'the results alone', inputs: tangledInputs, build: (values) => tangled(values).results },
    {
      name: 'what was carried into each turn', inputs: [start, xs, fade], build: (values) => fading(values).starts,
      expected: [tabulate([4, 2, 3], (t, i, j) => at(state(t!), i!, j!))],
    },
    { name: 'what two states were carried into each turn', inputs: tangledInputs, build: (values) => add(tangled(values).starts[0]!, tangled(values).starts[1]!) },
    { name: 'one turn', inputs: [start, random([1, 2], 124), fade], build: (values) => fading(values).results[0]! },
    {
      name: 'a scan inside a scan', inputs: [random([2], 125), random([2, 3], 126)],
      build: ([s, x]) => scan({
        carried: [s!], sequences: [x!],
        turn: ({ carried, slices: [row] }) => {
          const inner = scan({ carried, sequences: [row!], turn: ({ carried: [now], slices: [one] }) => ({ carried: [tanh(add(now!, one!))], results: [multiply(now!, one!)] }) });
          return { carried: inner.carried, results: inner.results };
        },
      }).results[0]!,
    },
    {
      name: 'integers among the slices, a state that goes out as it came in', inputs: [random([2], 127), integers([3], [2, 0, 5])], sources: [0],
      build: ([s, n]) => scan({
        carried: [s!, multiply(s!, 2)], sequences: [n!],
        turn: ({ carried: [now, still], slices: [count] }) => ({ carried: [multiply(add(now!, still!), cast(count!, 'float32')), still!], results: [slice(still!, 0, 1, 2)] }),
      }).carried[0]!,
    },
  ],
} satisfies Partial<{ readonly [K in OpName]: readonly Case[] }>;
