import { addElements, gather, gatherElements, scatterElements, scatterRows } from '../../src/index.js';
import type { OpName } from '../../src/index.js';
import { at, flags, integers, random, sum, tabulate } from './case.js';
import type { Case } from './case.js';

const table = random([5, 3], 61);
const cube = random([2, 4, 3], 62);
const tokens = integers([2, 4], [4, 0, 0, 2, 1, 4, 4, 4]); // repeated, and 3 is never read
const pairs = integers([2, 2], [3, 1, 1, 0]);
const columns = integers([2, 4, 2], [0, 0, 2, 1, 1, 2, 2, 2, 0, 1, 1, 0, 2, 0, 0, 0]);
const rows = integers([2, 3, 3], [0, 3, 1, 3, 3, 0, 2, 0, 3, 1, 1, 1, 0, 2, 3, 3, 1, 2]);

export const indexingCases = {
  gather: [
    {
      name: 'rows of a table, repeated',
      inputs: [table, tokens],
      build: ([x, i]) => gather(x!, i!),
      expected: [tabulate([2, 4, 3], (b, t, k) => at(table, at(tokens, b!, t!), k!))],
    },
    {
      name: 'middle axis, repeated',
      inputs: [cube, pairs],
      build: ([x, i]) => gather(x!, i!, 1),
      expected: [tabulate([2, 2, 2, 3], (b, i, j, k) => at(cube, b!, at(pairs, i!, j!), k!))],
    },
    {
      name: 'last axis',
      inputs: [cube, integers([4], [2, 0, 2, 1])],
      build: ([x, i]) => gather(x!, i!, -1),
      expected: [tabulate([2, 4, 4], (b, j, i) => at(cube, b!, j!, [2, 0, 2, 1][i!]!))],
    },
    {
      name: 'one index',
      inputs: [table, integers([], [2])],
      build: ([x, i]) => gather(x!, i!),
      expected: [tabulate([3], (k) => at(table, 2, k!))],
    },
    {
      name: 'integers',
      inputs: [integers([3], [7, 2 ** 40 + 1, 9]), integers([2], [1, 1])],
      build: ([x, i]) => gather(x!, i!),
      expected: [tabulate([2], () => 2 ** 40 + 1)],
    },
    {
      name: 'flags',
      inputs: [flags([3], [1, 0, 1]), integers([2], [1, 2])],
      build: ([x, i]) => gather(x!, i!),
      expected: [tabulate([2], (i) => i!)],
    },
  ],
  gatherElements: [
    {
      name: 'last axis, repeated',
      inputs: [cube, columns],
      build: ([x, i]) => gatherElements(x!, i!, -1),
      expected: [tabulate([2, 4, 2], (b, j, k) => at(cube, b!, j!, at(columns, b!, j!, k!)))],
    },
    {
      name: 'middle axis, repeated',
      inputs: [cube, rows],
      build: ([x, i]) => gatherElements(x!, i!, 1),
      expected: [tabulate([2, 3, 3], (b, j, k) => at(cube, b!, at(rows, b!, j!, k!), k!))],
    },
    {
      name: 'integers',
      inputs: [integers([1, 3], [5, 6, 7]), integers([1, 1], [2])],
      build: ([x, i]) => gatherElements(x!, i!, 1),
      expected: [tabulate([1, 1], () => 7)],
    },
  ],
  scatterElements: [
    {
      name: 'last axis, repeated',
      inputs: [random([2, 4, 2], 63), columns],
      build: ([x, i]) => scatterElements(x!, i!, -1, 5),
      expected: [
        tabulate([2, 4, 5], (b, j, k) => sum(2, (u) => (at(columns, b!, j!, u) === k ? at(random([2, 4, 2], 63), b!, j!, u) : 0))),
      ],
    },
    {
      name: 'middle axis, repeated', inputs: [random([2, 3, 3], 64), rows], build: ([x, i]) => scatterElements(x!, i!, 1, 4),
      expected: [tabulate([2, 4, 3], (b, j, k) => sum(3, (u) => (at(rows, b!, u, k!) === j ? at(random([2, 3, 3], 64), b!, u, k!) : 0)))],
    },
    {
      name: 'onto numbers', inputs: [random([2, 4, 5], 66), random([2, 4, 2], 63), columns], build: ([x, u, i]) => addElements(x!, u!, i!, -1),
      expected: [
        tabulate([2, 4, 5], (b, j, k) =>
          at(random([2, 4, 5], 66), b!, j!, k!) + sum(2, (u) => (at(columns, b!, j!, u) === k ? at(random([2, 4, 2], 63), b!, j!, u) : 0)),
        ),
      ],
    },
    {
      name: 'whole rows, repeated', inputs: [random([2, 4, 3], 65), tokens], build: ([x, i]) => scatterRows(x!, i!, 6),
      expected: [tabulate([6, 3], (row, k) => sum(8, (u) => (tokens.data[u] === row ? random([2, 4, 3], 65).data[u * 3 + k!]! : 0)))],
    },
  ],
} satisfies Partial<{ readonly [K in OpName]: readonly Case[] }>;
