import { broadcastTo, concat, everyNth, multiply, pad, reshape, reverse, slice, split, transpose } from '../../src/index.js';
import type { OpName } from '../../src/index.js';
import { at, flags, floats, integers, random, tabulate } from './case.js';
import type { Case } from './case.js';

const cube = random([3, 4, 5], 51);
const row = random([1, 5], 52);

export const movementCases = {
  reshape: [
    {
      name: 'axes joined and split',
      inputs: [cube],
      build: ([x]) => reshape(x!, [2, 6, 5]),
      expected: [tabulate([2, 6, 5], (i, j, k) => cube.data[i! * 30 + j! * 5 + k!]!)],
    },
    {
      name: 'to a scalar and back',
      inputs: [floats([1, 1], [4])],
      build: ([x]) => reshape(reshape(x!, []), [1]),
      expected: [tabulate([1], () => 4)],
    },
    {
      name: 'an empty value, its zero on another axis',
      inputs: [integers([2, 0], [])],
      build: ([x]) => reshape(x!, [0, 3]),
      expected: [tabulate([0, 3], () => 0)],
    },
    {
      name: 'flags',
      inputs: [flags([4], [1, 0, 0, 1])],
      build: ([x]) => reshape(x!, [2, 2]),
      expected: [tabulate([2, 2], (i, j) => Number(i === j))],
    },
  ],
  transpose: [
    {
      name: 'a cycle of three axes',
      inputs: [cube],
      build: ([x]) => transpose(x!, [2, 0, 1]),
      expected: [tabulate([5, 3, 4], (k, i, j) => at(cube, i!, j!, k!))],
    },
    {
      name: 'the other cycle',
      inputs: [cube],
      build: ([x]) => transpose(x!, [1, 2, 0]),
      expected: [tabulate([4, 5, 3], (j, k, i) => at(cube, i!, j!, k!))],
    },
    {
      name: 'integers',
      inputs: [integers([2, 3], [1, 2, 3, 4, 5, 6])],
      build: ([x]) => transpose(x!, [1, 0]),
      expected: [tabulate([3, 2], (i, j) => 1 + i! + 3 * j!)],
    },
  ],
  broadcastTo: [
    {
      name: 'a new axis and a stretched one',
      inputs: [row],
      build: ([x]) => broadcastTo(x!, [2, 3, 5]),
      expected: [tabulate([2, 3, 5], (_i, _j, k) => at(row, 0, k!))],
    },
    { name: 'a scalar', inputs: [floats([], [7])], build: ([x]) => broadcastTo(x!, [3, 2]), expected: [tabulate([3, 2], () => 7)] },
    {
      name: 'flags',
      inputs: [flags([2, 1], [1, 0])],
      build: ([x]) => broadcastTo(x!, [2, 3]),
      expected: [tabulate([2, 3], (i) => 1 - i!)],
    },
  ],
  concat: [
    {
      name: 'three parts, the middle axis',
      inputs: [cube, random([3, 1, 5], 53), random([3, 2, 5], 54)],
      build: (parts) => concat(parts, -2),
      expected: [
        tabulate([3, 7, 5], (i, j, k) =>
          j! < 4 ? at(cube, i!, j!, k!) : j === 4 ? at(random([3, 1, 5], 53), i!, 0, k!) : at(random([3, 2, 5], 54), i!, j! - 5, k!),
        ),
      ],
    },
    { name: 'one value twice', inputs: [row], build: ([x]) => concat([x!, x!], 0), expected: [tabulate([2, 5], (_, k) => at(row, 0, k!))] },
    { name: 'an empty part', inputs: [floats([0, 5], []), row], build: (parts) => concat(parts, 0), expected: [row], sources: [1] },
    {
      name: 'integers',
      inputs: [integers([2], [1, 2]), integers([1], [3])],
      build: (parts) => concat(parts, 0),
      expected: [tabulate([3], (i) => 1 + i!)],
    },
  ],
  slice: [
    {
      name: 'middle axis',
      inputs: [cube],
      build: ([x]) => slice(x!, 1, 1, 3),
      expected: [tabulate([3, 2, 5], (i, j, k) => at(cube, i!, j! + 1, k!))],
    },
    {
      name: 'last axis, by its negative',
      inputs: [cube],
      build: ([x]) => slice(x!, -1, 4, 5),
      expected: [tabulate([3, 4, 1], (i, j) => at(cube, i!, j!, 4))],
    },
    { name: 'nothing', inputs: [cube], build: ([x]) => slice(x!, 0, 2, 2), expected: [tabulate([0, 4, 5], () => 0)], order: 0 },
    { name: 'flags', inputs: [flags([3], [1, 0, 1])], build: ([x]) => slice(x!, 0, 1, 3), expected: [tabulate([2], (i) => i!)] },
  ],
  split: [
    {
      name: 'three parts, the last axis',
      inputs: [cube],
      build: ([x]) => split(x!, -1, [1, 3, 1]),
      expected: [1, 3, 1].map((size, part) => tabulate([3, 4, size], (i, j, k) => at(cube, i!, j!, [0, 1, 4][part]! + k!))),
    },
    {
      name: 'a product of two parts, one unused',
      inputs: [cube],
      build: ([x]) => {
        const [first, second] = split(x!, 1, [1, 2, 1]);
        return multiply(first!, second!);
      },
      expected: [tabulate([3, 2, 5], (i, j, k) => at(cube, i!, 0, k!) * at(cube, i!, 1 + j!, k!))],
    },
    { name: 'one part', inputs: [row], build: ([x]) => split(x!, 0, [1]), expected: [row] },
    {
      name: 'integers',
      inputs: [integers([3], [4, 5, 6])],
      build: ([x]) => split(x!, 0, [2, 1]),
      expected: [tabulate([2], (i) => 4 + i!), tabulate([1], () => 6)],
    },
  ],
  reverse: [
    { name: 'middle axis', inputs: [cube], build: ([x]) => reverse(x!, 1), expected: [tabulate([3, 4, 5], (i, j, k) => at(cube, i!, 3 - j!, k!))] },
    { name: 'last axis, by its negative', inputs: [cube], build: ([x]) => reverse(x!, -1), expected: [tabulate([3, 4, 5], (i, j, k) => at(cube, i!, j!, 4 - k!))] },
    { name: 'one entry', inputs: [row], build: ([x]) => reverse(x!, 0), expected: [row] },
    { name: 'flags', inputs: [flags([3], [1, 0, 0])], build: ([x]) => reverse(x!, 0), expected: [tabulate([3], (i) => Number(i === 2))] },
  ],
  everyNth: [
    { name: 'the middle axis, a rest of one', inputs: [random([2, 7, 3], 57)], build: ([x]) => everyNth(x!, 1, 3), expected: [tabulate([2, 3, 3], (i, j, k) => at(random([2, 7, 3], 57), i!, 3 * j!, k!))] },
    { name: 'the last axis, no rest', inputs: [random([2, 6], 58)], build: ([x]) => everyNth(x!, -1, 2), expected: [tabulate([2, 3], (i, j) => at(random([2, 6], 58), i!, 2 * j!))] },
    { name: 'the first axis, a step beyond it', inputs: [random([2, 3], 59)], build: ([x]) => everyNth(x!, 0, 5), expected: [tabulate([1, 3], (_, j) => at(random([2, 3], 59), 0, j!))] },
    { name: 'integers', inputs: [integers([5], [4, 9, 1, 7, 3])], build: ([x]) => everyNth(x!, 0, 2), expected: [tabulate([3], (i) => [4, 1, 3][i!]!)] },
  ],
  pad: [
    {
      name: 'both ends',
      inputs: [cube],
      build: ([x]) => pad(x!, 1, 2, 1),
      expected: [tabulate([3, 7, 5], (i, j, k) => (j! >= 2 && j! < 6 ? at(cube, i!, j! - 2, k!) : 0))],
    },
    {
      name: 'the end of the last axis',
      inputs: [row],
      build: ([x]) => pad(x!, -1, 0, 3),
      expected: [tabulate([1, 8], (_, k) => (k! < 5 ? at(row, 0, k!) : 0))],
    },
    {
      name: 'from nothing',
      inputs: [floats([0, 2], [])],
      build: ([x]) => pad(x!, 0, 1, 2),
      expected: [tabulate([3, 2], () => 0)],
      order: 0,
    },
    {
      name: 'integers',
      inputs: [integers([2], [4, 5])],
      build: ([x]) => pad(x!, 0, 1, 0),
      expected: [tabulate([3], (i) => [0, 4, 5][i!]!)],
    },
  ],
} satisfies Partial<{ readonly [K in OpName]: readonly Case[] }>;
