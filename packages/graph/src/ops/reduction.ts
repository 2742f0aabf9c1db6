import { GraphError } from '../error.js';
import { broadcastTo, cast, cumulativeSum, divide, equal, exp, multiply, reduceSum, reshape, scatterElements, subtract } from '../expressions.js';
import { emptyReference, forEachIndex, offsetOf, splitAtAxis } from '../interpreter/reference.js';
import type { Reference } from '../interpreter/reference.js';
import { concreteShape, showShape, stridesOf } from '../shape.js';
import type { Shape } from '../shape.js';
import type { Value } from '../value.js';
import type { OpAttributes } from './attributes.js';
import type { OpDefinition, OpTable } from './definition.js';

type Attributes = OpAttributes['reduceSum'];

const reducedShape = (shape: Shape, { axes, keepDimensions }: Attributes): Shape =>
  shape.flatMap((size, axis) => (axes.includes(axis) ? (keepDimensions ? [1] : []) : [size]));

/** The output's gradient, with the reduced axes back as size 1. */
const withReducedAxes = (g: Value, x: Value, { axes }: Attributes): Value => reshape(g, reducedShape(x.shape, { axes, keepDimensions: true }));

function reduction<K extends 'reduceSum' | 'reduceMax'>(
  onnx: string, start: number, step: (sum: number, x: number) => number, gradient: OpDefinition<K>['gradient'],
): OpDefinition<K> {
  return {
    onnx: ({ axes, keepDimensions }) => ({ type: onnx, attributes: { keepdims: { int: Number(keepDimensions) } }, operands: [0, { int64: axes }] }),
    infer: ([x], attributes) => [{ shape: reducedShape(x!.shape, attributes), type: x!.type }],
    evaluate: ([x], { axes }, [shape]) => {
      const output = emptyReference(shape!);
      output.data.fill(start);
      const kept = stridesOf(reducedShape(x!.shape, { axes, keepDimensions: true }) as readonly number[]).map((stride, axis) => (axes.includes(axis) ? 0 : stride));
      forEachIndex(x!.shape, (flat, coordinates) => {
        const target = offsetOf(coordinates, kept);
        output.data[target] = step(output.data[target]!, x!.data[flat]!);
      });
      return [output];
    },
    gradient,
  };
}

/** Runs `compute` on every line along `axis`: an input line in, an output line out. */
function mapLines(x: Reference, axis: number, compute: (line: Float64Array) => ArrayLike<number>): Reference {
  const { before, size, after } = splitAtAxis(x.shape, axis);
  const output = emptyReference(x.shape);
  const line = new Float64Array(size);
  for (let i = 0; i < before; i++) {
    for (let j = 0; j < after; j++) {
      for (let k = 0; k < size; k++) line[k] = x.data[(i * size + k) * after + j]!;
      const result = compute(line);
      for (let k = 0; k < size; k++) output.data[(i * size + k) * after + j] = result[k]!;
    }
  }
  return output;
}

function logSumExp(line: Float64Array): number {
  const largest = line.reduce((a, b) => Math.max(a, b), -Infinity);
  return largest + Math.log(line.reduce((sum, x) => sum + Math.exp(x - largest), 0));
}

type ReductionName = 'reduceSum' | 'reduceMax' | 'argMax' | 'topK' | 'cumulativeSum' | 'softmax' | 'logSoftmax';

export const reductionOps: Pick<OpTable, ReductionName> = {
  reduceSum: reduction('ReduceSum', 0, (sum, x) => sum + x, ({ inputs: [x], attributes }, [g]) => [
    broadcastTo(withReducedAxes(g!, x!, attributes), concreteShape('reduceSum gradient', x!.shape)),
  ]),
  reduceMax: reduction('ReduceMax', -Infinity, Math.max, ({ inputs: [x], outputs: [y], attributes }, [g]) => { // ties share the gradient
    const largest = cast(equal(x!, withReducedAxes(y!, x!, attributes)), 'float32');
    return [divide(multiply(withReducedAxes(g!, x!, attributes), largest), reduceSum(largest, { axes: attributes.axes, keepDimensions: true }))];
  }),
  argMax: {
    onnx: ({ axis }) => ({ type: 'ArgMax', attributes: { axis: { int: axis }, keepdims: { int: 0 } } }),
    infer: ([x], { axis }) => [{ shape: x!.shape.filter((_, i) => i !== axis), type: 'int64' }],
    evaluate: ([x], { axis }, [shape]) => {
      const { before, size, after } = splitAtAxis(x!.shape, axis);
      const output = emptyReference(shape!);
      for (let i = 0; i < before; i++) {
        for (let j = 0; j < after; j++) {
          let best = 0;
          for (let k = 1; k < size; k++) if (x!.data[(i * size + k) * after + j]! > x!.data[(i * size + best) * after + j]!) best = k;
          output.data[i * after + j] = best;
        }
      }
      return [output];
    },
    gradient: { none: 'an index does not move with the values' },
  },
  topK: {
    onnx: ({ count }) => ({ type: 'TopK', operands: [0, { int64: [count] }] }),
    infer: ([x], { count }) => {
      const size = x!.shape.at(-1);
      if (count < 1 || (typeof size === 'number' && count > size)) throw new GraphError({ where: 'topK', expected: `1 to ${size} entries`, got: `${count} of ${showShape(x!.shape)}` });
      const shape = [...x!.shape.slice(0, -1), count];
      return [{ shape, type: 'float32' }, { shape, type: 'int64' }];
    },
    evaluate: ([x], { count }, [shape]) => {
      const size = x!.shape.at(-1)!;
      const values = emptyReference(shape!);
      const indices = emptyReference(shape!);
      for (let row = 0; row < x!.data.length / size; row++) {
        const line = x!.data.subarray(row * size, (row + 1) * size);
        const order = Array.from(line.keys()).sort((a, b) => line[b]! - line[a]! || a - b);
        for (let k = 0; k < count; k++) {
          indices.data[row * count + k] = order[k]!;
          values.data[row * count + k] = line[order[k]!]!;
        }
      }
      return [values, indices];
    },
    gradient: ({ inputs: [x], outputs: [, indices] }, [g]) => {
      if (g === undefined) return [undefined];
      const axis = x!.shape.length - 1;
      return [scatterElements(g, indices!, axis, concreteShape('topK gradient', x!.shape)[axis]!)];
    },
  },
  cumulativeSum: {
    onnx: ({ axis, exclusive, reverse }) => ({
      type: 'CumSum', attributes: { exclusive: { int: Number(exclusive) }, reverse: { int: Number(reverse) } }, operands: [0, { int64: [axis], scalar: true }],
    }),
    infer: ([x]) => [x!],
    evaluate: ([x], { axis, exclusive, reverse }) => [mapLines(x!, axis, (line) => {
      const result = new Float64Array(line.length);
      let sum = 0;
      for (let step = 0; step < line.length; step++) {
        const k = reverse ? line.length - 1 - step : step;
        result[k] = exclusive ? sum : sum + line[k]!;
        sum += line[k]!;
      }
      return result;
    })],
    gradient: ({ attributes: { axis, exclusive, reverse } }, [g]) => [cumulativeSum(g!, axis, { exclusive, reverse: !reverse })],
  },
  softmax: {
    onnx: ({ axis }) => ({ type: 'Softmax', attributes: { axis: { int: axis } } }),
    infer: ([x]) => [x!],
    evaluate: ([x], { axis }) => [mapLines(x!, axis, (line) => {
      const normalizer = logSumExp(line);
      return line.map((value) => Math.exp(value - normalizer));
    })],
    gradient: ({ outputs: [y], attributes: { axis } }, [g]) => {
      const weighted = multiply(g!, y!);
      return [subtract(weighted, multiply(y!, reduceSum(weighted, { axes: [axis], keepDimensions: true })))];
    },
  },
  logSoftmax: {
    onnx: ({ axis }) => ({ type: 'LogSoftmax', attributes: { axis: { int: axis } } }),
    infer: ([x]) => [x!],
    evaluate: ([x], { axis }) => [mapLines(x!, axis, (line) => {
      const normalizer = logSumExp(line);
      return line.map((value) => value - normalizer);
    })],
    gradient: ({ outputs: [y], attributes: { axis } }, [g]) => [subtract(g!, multiply(exp(y!), reduceSum(g!, { axes: [axis], keepDimensions: true })))],
  },
};
