import { applyAll, layerNormalization, multiply, rmsNormalization, sumRmsNormalization } from '../../src/index.js';
import type { OpName } from '../../src/index.js';
import { at, random, sum, tabulate } from './case.js';
import type { Case } from './case.js';

function rootMeanSquare(outer: readonly number[], width: number, epsilon: number): Case {
  const [x, weight] = [random([...outer, width], 71, -2, 2), random([width], 72, 0.5, 1.5)];
  return {
    name: `[${x.shape.join(', ')}], epsilon ${epsilon}`, inputs: [x, weight], build: ([a, w]) => rmsNormalization(a!, w!, epsilon),
    expected: [tabulate(x.shape, (...coordinates) => {
      const squares = sum(width, (k) => at(x, ...coordinates.with(-1, k)) ** 2);
      return at(x, ...coordinates) * at(weight, coordinates.at(-1)!) * Math.sqrt(width / (squares + width * epsilon));
    })],
  };
}

/** Both outputs, the first alone, and one times the other. */
function ofSum(outer: readonly number[], width: number, epsilon: number): readonly Case[] {
  const [x, y, weight] = [random([...outer, width], 76, -2, 2), random([...outer, width], 77, -1, 3), random([width], 78, 0.5, 1.5)];
  const total = (...coordinates: readonly number[]): number => at(x, ...coordinates) + at(y, ...coordinates);
  const normalised = tabulate(x.shape, (...coordinates) => {
    const squares = sum(width, (k) => total(...coordinates.with(-1, k)) ** 2);
    return total(...coordinates) * at(weight, coordinates.at(-1)!) * Math.sqrt(width / (squares + width * epsilon));
  });
  const entry = { name: `[${x.shape.join(', ')}], epsilon ${epsilon}`, inputs: [x, y, weight] };
  return [
    { ...entry, build: ([a, b, w]) => applyAll('sumRmsNormalization', [a!, b!, w!], { epsilon }), expected: [normalised, tabulate(x.shape, (...coordinates) => total(...coordinates))] },
    { ...entry, name: `${entry.name}, the first`, build: ([a, b, w]) => sumRmsNormalization(a!, b!, w!, epsilon).normalised, expected: [normalised] },
    { ...entry, name: `${entry.name}, product`, build: ([a, b, w]) => {
      const both = sumRmsNormalization(a!, b!, w!, epsilon);
      return multiply(both.normalised, both.sum);
    } },
  ];
}

function layer(outer: readonly number[], width: number, epsilon: number): Case {
  const [x, weight, bias] = [random([...outer, width], 73, -2, 3), random([width], 74, 0.5, 1.5), random([width], 75)];
  return {
    name: `[${x.shape.join(', ')}], epsilon ${epsilon}`,
    inputs: [x, weight, bias],
    build: ([a, w, b]) => layerNormalization(a!, w!, b!, epsilon),
    expected: [
      tabulate(x.shape, (...coordinates) => {
        const moment = (power: number): number => sum(width, (k) => at(x, ...coordinates.with(-1, k)) ** power) / width;
        const scale = (moment(2) - moment(1) ** 2 + epsilon) ** -0.5;
        return (at(x, ...coordinates) - moment(1)) * scale * at(weight, coordinates.at(-1)!) + at(bias, coordinates.at(-1)!);
      }),
    ],
  };
}

export const normalizationCases = {
  rmsNormalization: [rootMeanSquare([2, 3], 7, 1e-6), rootMeanSquare([], 5, 0.5), rootMeanSquare([4], 3, 1e-5)],
  sumRmsNormalization: [...ofSum([2, 3], 7, 1e-6), ...ofSum([4], 3, 0.5)],
  layerNormalization: [layer([2, 3], 7, 1e-5), layer([], 5, 0.5), layer([4], 3, 1e-6)],
} satisfies Partial<{ readonly [K in OpName]: readonly Case[] }>;
