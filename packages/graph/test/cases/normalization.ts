import { layerNormalization, rmsNormalization } from '../../src/index.js';
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
  layerNormalization: [layer([2, 3], 7, 1e-5), layer([], 5, 0.5), layer([4], 3, 1e-6)],
} satisfies Partial<{ readonly [K in OpName]: readonly Case[] }>;
