import { GraphError } from '../error.js';
import { add, divide, matMul, multiply, reciprocal, reduceMean, reduceSum, reshape, sqrt, subtract } from '../expressions.js';
import { emptyReference } from '../interpreter/reference.js';
import { concreteShape, elementCount, sameShape, showShape } from '../shape.js';
import type { TensorType, Value } from '../value.js';
import type { GradientRule, OpDefinition, OpTable } from './definition.js';
import { expectFloats, expectInputs } from './expect.js';

const overWidth = { axes: [-1], keepDimensions: true } as const;

function expectWidth(where: string, inputs: readonly TensorType[], count: number): readonly TensorType[] {
  expectInputs(where, inputs, count);
  expectFloats(where, inputs);
  const [x, ...vectors] = inputs;
  for (const vector of vectors) {
    if (vector.shape.length !== 1 || vector.shape[0] !== x!.shape.at(-1)) {
      throw new GraphError({ where, expected: `a vector of the last size of ${showShape(x!.shape)}`, got: showShape(vector.shape) });
    }
  }
  return [{ shape: x!.shape, type: x!.type }];
}

/** Sums all axes but the last: the gradient of a vector that was stretched over rows. */
const overRows = (x: Value): Value => reduceSum(x, { axes: x.shape.map((_, axis) => axis).slice(0, -1) });

const rms: OpDefinition<'rmsNormalization'> = {
  onnx: ({ epsilon }) => ({ type: 'RMSNormalization', attributes: { axis: { int: -1 }, epsilon: { float: epsilon } } }),
  infer: (inputs) => expectWidth('rmsNormalization', inputs, 2),
  evaluate: ([x, weight], { epsilon }, [shape]) => {
    const output = emptyReference(shape!);
    const width = shape!.at(-1)!;
    for (let start = 0; start < x!.data.length; start += width) {
      let squares = 0;
      for (let i = 0; i < width; i++) squares += x!.data[start + i]! ** 2;
      const scale = 1 / Math.sqrt(squares / width + epsilon);
      for (let i = 0; i < width; i++) output.data[start + i] = x!.data[start + i]! * scale * weight!.data[i]!;
    }
    return [output];
  },
  gradient: ({ inputs: [x, weight], attributes: { epsilon } }, [g]) => {
    const shape = concreteShape('rmsNormalization gradient', x!.shape);
    const [rows, width] = [elementCount(shape.slice(0, -1)), shape.at(-1)!];
    const [xs, gs] = [reshape(x!, [rows, width]), reshape(g!, [rows, width])];
    const column = (vector: Value): Value => reshape(vector, [rows, 1]); // ONNX Runtime is slow at [rows, 1] with a scalar, not at [rows]
    const inverse = reciprocal(sqrt(add(multiply(reduceSum(multiply(xs, xs), { axes: [1] }), 1 / width), epsilon))); // [rows]
    const products = multiply(gs, xs);
    const along = reshape(matMul(products, reshape(weight!, [width, 1])), [rows]); // both sums as products of matrices, one pass each
    const back = multiply(multiply(inverse, multiply(inverse, inverse)), multiply(along, 1 / width));
    return [
      reshape(subtract(multiply(multiply(gs, weight!), column(inverse)), multiply(xs, column(back))), shape),
      reshape(matMul(column(inverse), products, { transposeLeft: true }), [width]),
    ];
  },
};

export const normalizationOps: Pick<OpTable, 'rmsNormalization' | 'sumRmsNormalization' | 'layerNormalization'> = {
  rmsNormalization: rms,
  /** Of a sum, which is the second output. */
  sumRmsNormalization: {
    onnx: ({ epsilon }) => ({
      type: 'SkipSimplifiedLayerNormalization', domain: 'com.microsoft', attributes: { epsilon: { float: epsilon } }, results: [0, undefined, undefined, 1],
    }),
    infer: ([x, y, ...weight]) => {
      if (y === undefined || !sameShape(x!.shape, y.shape) || x!.shape.length < 2 || x!.shape.length > 3) {
        throw new GraphError({ where: 'sumRmsNormalization', expected: 'two values of one shape of rank 2 or 3', got: [x, y].map((value) => showShape(value?.shape ?? [])).join(' and ') });
      }
      expectFloats('sumRmsNormalization', [y]);
      return [...expectWidth('sumRmsNormalization', [x!, ...weight], 2), { shape: x!.shape, type: 'float32' }];
    },
    evaluate: ([x, y, weight], attributes, [shape]) => {
      const sum = { shape: shape!, data: x!.data.map((value, i) => value + y!.data[i]!) };
      return [...rms.evaluate([sum, weight!], attributes, [shape!]), sum];
    },
    gradient: ({ inputs: [, , weight], outputs: [, sum], attributes }, [g, ofSum]) => {
      if (g === undefined) return [ofSum, ofSum, undefined];
      const [own, ofWeight] = (rms.gradient as GradientRule<'rmsNormalization'>)({ op: 'rmsNormalization', inputs: [sum!, weight!], attributes, outputs: [] }, [g]); // it has one, above
      const both = ofSum === undefined ? own : add(own!, ofSum);
      return [both, both, ofWeight];
    },
  },
  layerNormalization: {
    onnx: ({ epsilon }) => ({ type: 'LayerNormalization', attributes: { axis: { int: -1 }, epsilon: { float: epsilon } } }),
    infer: (inputs) => expectWidth('layerNormalization', inputs, 3),
    evaluate: ([x, weight, bias], { epsilon }, [shape]) => {
      const output = emptyReference(shape!);
      const width = shape!.at(-1)!;
      for (let start = 0; start < x!.data.length; start += width) {
        const row = x!.data.subarray(start, start + width);
        const mean = row.reduce((sum, value) => sum + value, 0) / width;
        const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
        const scale = 1 / Math.sqrt(variance + epsilon);
        for (let i = 0; i < width; i++) output.data[start + i] = (row[i]! - mean) * scale * weight!.data[i]! + bias!.data[i]!;
      }
      return [output];
    },
    gradient: ({ inputs: [x, weight], attributes: { epsilon } }, [g]) => {
      const centred = subtract(x!, reduceMean(x!, overWidth));
      const root = sqrt(add(reduceMean(multiply(centred, centred), overWidth), epsilon));
      const normal = divide(centred, root);
      const weighted = multiply(g!, weight!);
      const spread = add(reduceMean(weighted, overWidth), multiply(normal, reduceMean(multiply(weighted, normal), overWidth)));
      return [divide(subtract(weighted, spread), root), overRows(multiply(g!, normal)), overRows(g!)];
    },
  },
};
