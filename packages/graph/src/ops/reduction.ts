import { GraphError } from '../error.js';
import {
  addElements, broadcastTo, cast, cumulativeSum, divide, equal, multiply, negate, reduceSum, reshape, scatterElements, softmax, subtract,
} from '../expressions.js';
import { emptyReference, forEachIndex, offsetOf, splitAtAxis } from '../interpreter/reference.js';
import type { Reference } from '../interpreter/reference.js';
import { concreteShape, showShape, stridesOf } from '../shape.js';
import type { Shape } from '../shape.js';
import type { TensorType, Value } from '../value.js';
import type { OpAttributes } from './attributes.js';
import type { OpDefinition, OpTable } from './definition.js';
import { expectAxis, expectFloats, expectType, numbers } from './expect.js';

type Attributes = OpAttributes['reduceSum'];

const reducedShape = (shape: Shape, { axes, keepDimensions }: Attributes): Shape =>
  shape.flatMap((size, axis) => (axes.includes(axis) ? (keepDimensions ? [1] : []) : [size]));

/** The output's gradient, with the reduced axes back as size 1. */
const withReducedAxes = (g: Value, x: Value, { axes }: Attributes): Value =>
  reshape(g, reducedShape(x.shape, { axes, keepDimensions: true }));

function expectReduction(where: string, [x]: readonly TensorType[], { axes }: Attributes): void {
  expectType(where, numbers, [x!]);
  for (const axis of axes) expectAxis(where, axis, x!.shape);
  if (new Set(axes).size < axes.length) throw new GraphError({ where, expected: 'each axis once', got: `[${axes.join(', ')}]` });
}

interface ReductionRule<K extends 'reduceSum' | 'reduceMax'> {
  readonly onnx: string;
  readonly start: number;
  readonly step: (result: number, x: number) => number;
  readonly gradient: OpDefinition<K>['gradient'];
}

const reduction = <K extends 'reduceSum' | 'reduceMax'>(op: K, { onnx, start, step, gradient }: ReductionRule<K>): OpDefinition<K> => ({
  onnx: ({ axes, keepDimensions }) => ({
    type: onnx, attributes: { keepdims: { int: Number(keepDimensions) }, noop_with_empty_axes: { int: 1 } }, operands: [0, { int64: axes }],
  }),
  infer: (inputs, attributes) => {
    expectReduction(op, inputs, attributes);
    return [{ shape: reducedShape(inputs[0]!.shape, attributes), type: inputs[0]!.type }];
  },
  evaluate: ([x], { axes }, [shape]) => {
    const output = emptyReference(shape!);
    output.data.fill(start);
    const kept = stridesOf(x!.shape.map((size, axis) => (axes.includes(axis) ? 1 : size))).map((stride, axis) =>
      axes.includes(axis) ? 0 : stride,
    );
    forEachIndex(x!.shape, (flat, coordinates) => {
      const target = offsetOf(coordinates, kept);
      output.data[target] = step(output.data[target]!, x!.data[flat]!);
    });
    return [output];
  },
  gradient,
});

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

function normalized(where: string, x: TensorType, axis: number): readonly TensorType[] {
  expectFloats(where, [x]);
  expectAxis(where, axis, x.shape);
  return [{ shape: x.shape, type: x.type }];
}

/** The entries of a value that is zero elsewhere along `axis`. */
function scattered({ origin }: Value, axis: number): { readonly updates?: Value; readonly indices?: Value } {
  if (origin.kind !== 'operation' || origin.node.op !== 'scatterElements') return {};
  const [updates, indices, onto] = origin.node.inputs;
  const { axis: along } = origin.node.attributes as OpAttributes['scatterElements']; // the name of the operation says so
  return onto === undefined && along === axis ? { updates: updates!, indices: indices! } : {};
}

type ReductionName = 'reduceSum' | 'reduceMax' | 'argMax' | 'topK' | 'cumulativeSum' | 'softmax' | 'logSoftmax';

export const reductionOps: Pick<OpTable, ReductionName> = {
  reduceSum: reduction('reduceSum', {
    onnx: 'ReduceSum', start: 0, step: (sum, x) => sum + x,
    gradient: ({ inputs: [x], attributes }, [g]) => [
      broadcastTo(withReducedAxes(g!, x!, attributes), concreteShape('reduceSum gradient', x!.shape)),
    ],
  }),
  reduceMax: reduction('reduceMax', {
    onnx: 'ReduceMax', start: -Infinity, step: Math.max,
    gradient: ({ inputs: [x], outputs: [y], attributes }, [g]) => { // ties share the gradient
      const largest = cast(equal(x!, withReducedAxes(y!, x!, attributes)), 'float32');
      const share = divide(withReducedAxes(g!, x!, attributes), reduceSum(largest, { axes: attributes.axes, keepDimensions: true }));
      return [multiply(share, largest)];
    },
  }),
  argMax: {
    onnx: ({ axis }) => ({ type: 'ArgMax', attributes: { axis: { int: axis }, keepdims: { int: 0 } } }),
    infer: ([x], { axis }) => {
      expectType('argMax', numbers, [x!]);
      expectAxis('argMax', axis, x!.shape);
      return [{ shape: x!.shape.filter((_, i) => i !== axis), type: 'int64' }];
    },
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
      expectFloats('topK', [x!]);
      const size = x!.shape.at(-1);
      if (!Number.isInteger(count) || count < 1 || size === undefined || (typeof size === 'number' && count > size)) {
        throw new GraphError({ where: 'topK', expected: `1 to ${size} entries`, got: `${count} of ${showShape(x!.shape)}` });
      }
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
      type: 'CumSum',
      attributes: { exclusive: { int: Number(exclusive) }, reverse: { int: Number(reverse) } },
      operands: [0, { int64: [axis], scalar: true }],
    }),
    infer: ([x], { axis }) => {
      expectType('cumulativeSum', numbers, [x!]);
      expectAxis('cumulativeSum', axis, x!.shape);
      return [{ shape: x!.shape, type: x!.type }];
    },
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
    infer: ([x], { axis }) => normalized('softmax', x!, axis),
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
    infer: ([x], { axis }) => normalized('logSoftmax', x!, axis),
    evaluate: ([x], { axis }) => [
      mapLines(x!, axis, (line) => {
        const normalizer = logSumExp(line);
        return line.map((value) => value - normalizer);
      }),
    ],
    gradient: ({ inputs: [x], attributes: { axis } }, [g]) => {
      const { updates, indices } = scattered(g!, axis);
      const total = reduceSum(updates ?? g!, { axes: [axis], keepDimensions: true });
      const probabilities = softmax(x!, axis); // anew: ONNX Runtime's softmax is quicker than its exp of the output
      // cross entropy picks one entry of each line: two passes over the lines in place of six
      if (updates !== undefined) return [addElements(multiply(probabilities, negate(total)), updates, indices!, axis)];
      return [subtract(g!, multiply(probabilities, total))];
    },
  },
};
