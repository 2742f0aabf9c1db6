import { argMax, cumulativeSum, gatherElements, logSoftmax, reduceMax, reduceSum, softmax, topK } from '../../src/index.js';
import type { OpName } from '../../src/index.js';
import { at, floats, integers, random, sum, tabulate } from './case.js';
import type { Case, Fed } from './case.js';

const cube = random([3, 4, 5], 41);
/** Distinct entries, far enough apart that a small step changes no order. */
const shuffled = floats([2, 3, 5], Array.from({ length: 30 }, (_, i) => ((i * 17) % 31) / 8 - 2));
/** Two entries of each line of `shuffled`, one of them twice. */
const picks = integers([2, 3, 2], [0, 4, 2, 2, 1, 3, 4, 0, 3, 1, 2, 0]);
const tied = floats([2, 5], [1, 3, 0, 3, -1, -2, -7, -2, -9, -8]);

function running(exclusive: boolean, reverse: boolean): readonly Case[] {
  const along = (x: Fed, axis: number): Case => ({
    name: `axis ${axis}${exclusive ? ', exclusive' : ''}${reverse ? ', reverse' : ''}`,
    inputs: [x],
    build: ([v]) => cumulativeSum(v!, axis, { exclusive, reverse }),
    expected: [
      tabulate(x.shape, (...coordinates) => {
        const here = coordinates.at(axis)!;
        const counts = (k: number): boolean => (exclusive ? k !== here : true) && (reverse ? k >= here : k <= here);
        return sum(x.shape.at(axis)!, (k) => (counts(k) ? at(x, ...coordinates.with(axis, k)) : 0));
      }),
    ],
  });
  return [along(cube, 0), along(cube, -1), along(random([2, 3, 1], 42), 1)];
}

function softmaxed(operation: typeof softmax, rule: (ratio: number) => number): readonly Case[] {
  const along = (name: string, x: Fed, axis: number): Case => ({
    name, inputs: [x], build: ([v]) => operation(v!, axis),
    expected: [tabulate(x.shape, (...coordinates) => {
      const others = sum(x.shape.at(axis)!, (k) => Math.exp(at(x, ...coordinates.with(axis, k)) - at(x, ...coordinates)));
      return rule(1 / others);
    })],
  });
  return [
    along('last axis', cube, -1),
    along('middle axis', cube, 1),
    along('first axis', random([3, 2], 43, -5, 5), 0),
    along('far from zero', random([2, 3], 44, 300, 304), -1),
  ];
}

export const reductionCases = {
  reduceSum: [
    { name: 'all axes', inputs: [cube], build: ([x]) => reduceSum(x!), expected: [tabulate([], () => cube.data.reduce((a, b) => b + a))] },
    {
      name: 'middle axis',
      inputs: [cube],
      build: ([x]) => reduceSum(x!, { axes: [1] }),
      expected: [tabulate([3, 5], (i, k) => sum(4, (j) => at(cube, i!, j, k!)))],
    },
    {
      name: 'outer axes, unsorted and negative, kept',
      inputs: [cube],
      build: ([x]) => reduceSum(x!, { axes: [-1, 0], keepDimensions: true }),
      expected: [tabulate([1, 4, 1], (_, j) => sum(3, (i) => sum(5, (k) => at(cube, i, j!, k))))],
    },
    { name: 'no axes', inputs: [cube], build: ([x]) => reduceSum(x!, { axes: [] }), expected: [cube] },
    { name: 'a scalar', inputs: [floats([], [3])], build: ([x]) => reduceSum(x!), expected: [tabulate([], () => 3)] },
    {
      name: 'integers',
      inputs: [integers([2, 2], [2 ** 40, 1, -3, 5])],
      build: ([x]) => reduceSum(x!, { axes: [0] }),
      expected: [tabulate([2], (i) => [2 ** 40 - 3, 6][i!]!)],
    },
    {
      name: 'an empty axis',
      inputs: [floats([2, 0], [])],
      build: ([x]) => reduceSum(x!, { axes: [1] }),
      expected: [tabulate([2], () => 0)],
      order: 0,
    },
  ],
  reduceMax: [
    {
      name: 'middle axis', inputs: [shuffled], build: ([x]) => reduceMax(x!, { axes: [1] }),
      expected: [tabulate([2, 5], (i, k) => [0, 1, 2].map((j) => at(shuffled, i!, j, k!)).sort((a, b) => b - a)[0]!)],
    },
    { name: 'outer axes, kept', inputs: [shuffled], build: ([x]) => reduceMax(x!, { axes: [0, -1], keepDimensions: true }) },
    {
      name: 'ties share the gradient',
      inputs: [tied],
      build: ([x]) => reduceMax(x!, { axes: [-1] }),
      expected: [tabulate([2], (i) => [3, -2][i!]!)],
      order: 1,
    },
    {
      name: 'integers',
      inputs: [integers([3], [2 ** 40, 2 ** 40 + 1, -3])],
      build: ([x]) => reduceMax(x!),
      expected: [tabulate([], () => 2 ** 40 + 1)],
    },
  ],
  argMax: [
    {
      name: 'middle axis', inputs: [shuffled], build: ([x]) => argMax(x!, 1), order: 0,
      expected: [tabulate([2, 5], (i, k) => [0, 1, 2].sort((a, b) => at(shuffled, i!, b, k!) - at(shuffled, i!, a, k!))[0]!)],
    },
    { name: 'the first of a tie', inputs: [tied], build: ([x]) => argMax(x!, -1), expected: [tabulate([2], (i) => [1, 0][i!]!)], order: 0 },
    {
      name: 'integers',
      inputs: [integers([4], [2 ** 40, 2 ** 40 + 1, 2 ** 40 + 1, -3])],
      build: ([x]) => argMax(x!, 0),
      expected: [tabulate([], () => 1)],
    },
  ],
  topK: [
    {
      name: 'three of five', inputs: [shuffled], build: ([x]) => Object.values(topK(x!, 3)),
      expected: [
        tabulate([2, 3, 3], (i, j, k) => shuffled.data.slice((i! * 3 + j!) * 5, (i! * 3 + j! + 1) * 5).sort((a, b) => b - a)[k!]!),
        tabulate([2, 3, 3], (i, j, k) => [0, 1, 2, 3, 4].sort((a, b) => at(shuffled, i!, j!, b) - at(shuffled, i!, j!, a))[k!]!),
      ],
    },
    {
      name: 'ties go to the lower index',
      inputs: [tied],
      build: ([x]) => Object.values(topK(x!, 4)),
      order: 0,
      expected: [
        tabulate(
          [2, 4],
          (i, k) =>
            [
              [3, 3, 1, 0],
              [-2, -2, -7, -8],
            ][i!]![k!]!,
        ),
        tabulate(
          [2, 4],
          (i, k) =>
            [
              [1, 3, 0, 2],
              [0, 2, 1, 4],
            ][i!]![k!]!,
        ),
      ],
    },
    {
      name: 'all of a long tied row',
      inputs: [
        floats(
          [301],
          Array.from({ length: 301 }, (_, i) => i % 7),
        ),
      ],
      build: ([x]) => Object.values(topK(x!, 90)),
      order: 0,
    },
    { name: 'values alone', inputs: [shuffled], build: ([x]) => topK(x!, 2).values },
  ],
  cumulativeSum: [
    ...[false, true].flatMap((exclusive) => [false, true].flatMap((reverse) => running(exclusive, reverse))),
    {
      name: 'integers',
      inputs: [integers([3], [2 ** 40, 1, -3])],
      build: ([x]) => cumulativeSum(x!, 0),
      expected: [tabulate([3], (i) => [2 ** 40, 2 ** 40 + 1, 2 ** 40 - 2][i!]!)],
    },
  ],
  softmax: softmaxed(softmax, (ratio) => ratio),
  logSoftmax: [
    ...softmaxed(logSoftmax, Math.log),
    // the gradient of picked entries takes a way of its own; along another axis it must not
    { name: 'picked entries', inputs: [shuffled, picks], build: ([x, i]) => gatherElements(logSoftmax(x!), i!, -1) },
    { name: 'picked along another axis', inputs: [shuffled, picks], build: ([x, i]) => gatherElements(logSoftmax(x!, 1), i!, -1) },
  ],
} satisfies Partial<{ readonly [K in OpName]: readonly Case[] }>;
