import {
  absolute, add, and, cast as castTo, cos, divide, equal, erf, exp, floor, less, lessOrEqual, log, maximum, minimum, multiply, negate,
  not, or, power, reciprocal, sigmoid, sign, silu, sin, softplus, sqrt, subtract, tanh, where,
} from '../../src/index.js';
import type { DataType, OpName, Value } from '../../src/index.js';
import { at, flags, floats, integers, random, tabulate } from './case.js';
import type { Case, Fed } from './case.js';

const unaries = { negate, absolute, sign, floor, exp, log, sqrt, reciprocal, sin, cos, erf, tanh, sigmoid, softplus, silu };
const arithmetic = { add, subtract, multiply, divide, power, maximum, minimum };
const comparisons = { equal, less, lessOrEqual };
const binaries = { ...arithmetic, ...comparisons, and, or };

/** Known results, and random arguments of a range. Known points may lie at a kink, so they are differentiated once. */
function unary(op: keyof typeof unaries, known: readonly number[], results: readonly number[], range: readonly [number, number]): readonly Case[] {
  const build = ([x]: readonly Value[]): Value => unaries[op](x!);
  return [
    { name: 'known values', inputs: [floats([known.length], known)], build, expected: [tabulate([known.length], (i) => results[i!]!)], order: 1 },
    { name: 'random [3, 1, 7]', inputs: [random([3, 1, 7], 5, ...range)], build },
  ];
}

/** Both sides stretched, a scalar on either side, and equal shapes of rank 1. */
function binary(
  op: keyof typeof arithmetic,
  rule: (a: number, b: number) => number,
  [from, to]: readonly [number, number] = [-2, 2],
): readonly Case[] {
  const build = ([a, b]: readonly Value[]): Value => binaries[op](a!, b!);
  const pair = (left: readonly number[], right: readonly number[]): readonly [Fed, Fed] => [
    random(left, 11, from, to),
    random(right, 12, from, to),
  ];
  const [wide, tall] = pair([3, 1, 5], [2, 1]);
  const [vector, scalar] = pair([7], []);
  return [
    {
      name: 'both stretch',
      inputs: [wide, tall],
      build,
      expected: [tabulate([3, 2, 5], (i, j, k) => rule(at(wide, i!, 0, k!), at(tall, j!, 0)))],
    },
    { name: 'scalar right', inputs: [vector, scalar], build, expected: [tabulate([7], (i) => rule(at(vector, i!), at(scalar)))] },
    { name: 'scalar left', inputs: [scalar, vector], build, expected: [tabulate([7], (i) => rule(at(scalar), at(vector, i!)))] },
    { name: 'one shape', inputs: pair([2, 3], [2, 3]), build },
  ];
}

const integer = (op: keyof typeof binaries, results: readonly number[]): Case => ({
  name: 'integers beyond float32',
  inputs: [integers([4], [-5, 2 ** 40 + 1, 0, 7]), integers([4], [3, 2 ** 40, 0, -7])],
  build: ([a, b]) => binaries[op](a!, b!),
  expected: [tabulate([4], (i) => results[i!]!)],
});

function comparison(op: keyof typeof comparisons, rule: (a: number, b: number) => boolean): readonly Case[] {
  const left = floats([2, 1, 3], [1, 2, 3, -1, 0, 5]);
  const right = floats([4, 1], [0, 1, 2, 5]);
  return [{
    name: 'stretched', inputs: [left, right], build: ([a, b]) => binaries[op](a!, b!), order: 0,
    expected: [tabulate([2, 4, 3], (i, j, k) => Number(rule(at(left, i!, 0, k!), at(right, j!, 0))))],
  }];
}

const truth = (op: 'and' | 'or', results: readonly number[]): Case => ({
  name: 'truth table, stretched', inputs: [flags([2, 1], [0, 1]), flags([2], [0, 1])], build: ([a, b]) => binaries[op](a!, b!),
  expected: [tabulate([2, 2], (i, j) => results[i! * 2 + j!]!)],
});

const ties = (op: 'maximum' | 'minimum', results: readonly number[]): Case => ({
  name: 'ties share the gradient', inputs: [floats([3], [2, -1, 0.5]), floats([3], [2, -1, 0.25])], build: ([a, b]) => binaries[op](a!, b!),
  expected: [tabulate([3], (i) => results[i!]!)], order: 1,
});

const cast = (name: string, from: Fed, to: DataType, results: readonly number[], order: Case['order'] = 0): Case => ({
  name, inputs: [from], build: ([x]) => castTo(x!, to), expected: [tabulate(from.shape, (i) => results[i!]!)], order,
});

function choose(): readonly Case[] {
  const condition = flags([3, 1, 2], [1, 0, 0, 1, 1, 1]);
  const [yes, no] = [random([4, 1], 21), random([3, 1, 1], 22)];
  const build = ([c, a, b]: readonly Value[]): Value => where(c!, a!, b!);
  return [
    {
      name: 'all three stretch', inputs: [condition, yes, no], build,
      expected: [tabulate([3, 4, 2], (i, j, k) => (at(condition, i!, 0, k!) ? at(yes, j!, 0) : at(no, i!, 0, 0)))],
    },
    {
      name: 'integers',
      inputs: [flags([3], [0, 1, 0]), integers([3], [1, 2, 3]), integers([], [-4])],
      build,
      expected: [tabulate([3], (i) => [-4, 2, -4][i!]!)],
    },
  ];
}

export const elementwiseCases = {
  add: [...binary('add', (a, b) => b + a), integer('add', [-2, 2 ** 41 + 1, 0, 0])],
  subtract: [...binary('subtract', (a, b) => -(b - a)), integer('subtract', [-8, 1, 0, 14])],
  multiply: [
    ...binary('multiply', (a, b) => b * a),
    { ...integer('multiply', [-15, 0, 0, -49]), inputs: [integers([4], [-5, 2 ** 40, 0, 7]), integers([4], [3, 0, 0, -7])] },
  ],
  divide: binary('divide', (a, b) => a * (1 / b), [0.5, 2]),
  power: [
    ...binary('power', (a, b) => Math.exp(b * Math.log(a)), [0.5, 2]),
    {
      name: 'squares of either sign',
      inputs: [floats([3], [-3, 0, 1.5])],
      build: ([x]) => power(x!, 2),
      expected: [tabulate([3], (i) => [9, 0, 2.25][i!]!)],
    },
  ],
  maximum: [...binary('maximum', (a, b) => (a > b ? a : b)), ties('maximum', [2, -1, 0.5]), integer('maximum', [3, 2 ** 40 + 1, 0, 7])],
  minimum: [...binary('minimum', (a, b) => (a < b ? a : b)), ties('minimum', [2, -1, 0.25]), integer('minimum', [-5, 2 ** 40, 0, -7])],
  negate: [
    ...unary('negate', [2, -0.5], [-2, 0.5], [-3, 3]),
    {
      name: 'integers',
      inputs: [integers([2], [5, -(2 ** 40) - 1])],
      build: ([x]) => negate(x!),
      expected: [tabulate([2], (i) => [-5, 2 ** 40 + 1][i!]!)],
    },
  ],
  absolute: unary('absolute', [-2.5, 0, 4], [2.5, 0, 4], [0.1, 3]),
  sign: unary('sign', [-2.5, 0, 4], [-1, 0, 1], [-3, 3]),
  floor: unary('floor', [-2.5, -0.25, 4, 4.75], [-3, -1, 4, 4], [-3, 3]),
  exp: unary('exp', [0, 1, -2], [1, Math.E, 1 / Math.E ** 2], [-4, 4]),
  log: unary('log', [1, 8, 0.25], [0, 3 * Math.LN2, -2 * Math.LN2], [0.1, 9]),
  sqrt: unary('sqrt', [4, 0.25, 2], [2, 0.5, Math.SQRT2], [0.1, 9]),
  reciprocal: unary('reciprocal', [4, -0.5], [0.25, -2], [0.3, 4]),
  sin: unary('sin', [0, 0.5, -2], [0, 0.479425538604203, -0.9092974268256817], [-4, 4]),
  cos: unary('cos', [0, 0.5, -2], [1, 0.8775825618903728, -0.4161468365471424], [-4, 4]),
  erf: unary(
    'erf', [0.5, -1, 2, -3, 4], [0.5204998778130465, -0.8427007929497149, 0.9953222650189527, -0.9999779095030014, 0.9999999845827421], [-3, 3],
  ),
  tanh: unary('tanh', [0.5, -1], [(Math.E - 1) / (Math.E + 1), (1 - Math.E ** 2) / (1 + Math.E ** 2)], [-3, 3]),
  sigmoid: unary('sigmoid', [0, 1, -1, -40], [0.5, Math.E / (1 + Math.E), 1 / (1 + Math.E), 4.248354255291589e-18], [-5, 5]),
  softplus: unary('softplus', [0, 1, -1, 100], [Math.LN2, Math.log(1 + Math.E), Math.log(1 + 1 / Math.E), 100], [-5, 5]),
  silu: unary('silu', [0, 1, -2], [0, Math.E / (1 + Math.E), -2 / (1 + Math.E ** 2)], [-5, 5]),
  equal: [
    ...comparison('equal', (a, b) => Math.abs(a - b) === 0),
    integer('equal', [0, 0, 1, 0]),
    {
      name: 'flags',
      inputs: [flags([3], [0, 1, 1]), flags([3], [0, 0, 1])],
      build: ([a, b]) => equal(a!, b!),
      expected: [tabulate([3], (i) => [1, 0, 1][i!]!)],
    },
  ],
  less: [...comparison('less', (a, b) => b > a), integer('less', [1, 0, 0, 0])],
  lessOrEqual: [...comparison('lessOrEqual', (a, b) => !(b < a)), integer('lessOrEqual', [1, 0, 1, 0])],
  and: [truth('and', [0, 0, 0, 1])],
  or: [truth('or', [0, 1, 1, 1])],
  not: [{ name: 'both', inputs: [flags([2, 1], [0, 1])], build: ([x]) => not(x!), expected: [tabulate([2, 1], (i) => 1 - i!)] }],
  where: choose(),
  cast: [
    cast('float32 to int64 cuts towards zero', floats([5], [1.75, -1.75, 0.5, -0.5, 300.25]), 'int64', [1, -1, 0, 0, 300]),
    cast('float32 to bool', floats([4], [0, -0.25, 3, 1e-30]), 'bool', [0, 1, 1, 1]),
    cast('int64 to float32', integers([3], [-3, 0, 2 ** 24 - 1]), 'float32', [-3, 0, 2 ** 24 - 1]),
    cast('int64 to bool', integers([3], [-3, 0, 2]), 'bool', [1, 0, 1]),
    cast('bool to float32', flags([2], [1, 0]), 'float32', [1, 0]),
    cast('bool to int64', flags([2], [1, 0]), 'int64', [1, 0]),
  ],
} satisfies Partial<{ readonly [K in OpName]: readonly Case[] }>;
