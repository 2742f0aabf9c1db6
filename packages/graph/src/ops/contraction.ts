import { GraphError } from '../error.js';
import { matMul, reshape } from '../expressions.js';
import { broadcastStrides, emptyReference, forEachIndex, offsetOf } from '../interpreter/reference.js';
import { multiplyDimensions } from '../dimension.js';
import { broadcastShapes, showShape, stridesOf } from '../shape.js';
import type { Shape } from '../shape.js';
import type { Value } from '../value.js';
import type { OpTable } from './definition.js';
import { expectFloats, expectInputs } from './expect.js';

interface Transposes {
  readonly transposeLeft: boolean;
  readonly transposeRight: boolean;
}

const lastTwo = (shape: Shape, transposed: boolean): Shape => (transposed ? [shape.at(-1)!, shape.at(-2)!] : shape.slice(-2));

function inferMatMul(left: Shape, right: Shape, { transposeLeft, transposeRight }: Transposes): Shape {
  if (left.length < 2 || right.length < 2) {
    throw new GraphError({ where: 'matMul', expected: 'operands of rank 2 or more', got: `${showShape(left)} and ${showShape(right)}` });
  }
  const [rows, inner] = lastTwo(left, transposeLeft);
  const [innerRight, columns] = lastTwo(right, transposeRight);
  if (inner !== innerRight) {
    const show = (side: string, shape: Shape, transposed: boolean): string => `${side} ${showShape(shape)}${transposed ? ' transposed' : ''}`;
    const got = `${show('left', left, transposeLeft)}, ${show('right', right, transposeRight)}`;
    throw new GraphError({ where: 'matMul', expected: 'equal inner dimensions', got, hint: 'Transpose one side?' });
  }
  return [...broadcastShapes('matMul', left.slice(0, -2), right.slice(0, -2)), rows!, columns!];
}

/** [.., rows, columns] -> [rows, columns]: one large product is faster than a batch of small ones that is summed afterwards. */
const flatRows = (x: Value): Value => reshape(x, [multiplyDimensions(x.shape.slice(0, -1)), x.shape.at(-1)!]);

export const contractionOps: Pick<OpTable, 'matMul'> = {
  matMul: {
    onnx: ({ transposeLeft, transposeRight }) => {
      if (!transposeLeft && !transposeRight) return { type: 'MatMul' };
      const attributes = { transA: { int: Number(transposeLeft) }, transB: { int: Number(transposeRight) }, alpha: { float: 1 } };
      return { type: 'FusedMatMul', domain: 'com.microsoft', attributes };
    },
    infer: (inputs, attributes) => {
      expectInputs('matMul', inputs, 2);
      expectFloats('matMul', inputs);
      return [{ shape: inferMatMul(inputs[0]!.shape, inputs[1]!.shape, attributes), type: 'float32' }];
    },
    evaluate: ([left, right], { transposeLeft, transposeRight }, [shape]) => {
      const output = emptyReference(shape!);
      const batch = shape!.slice(0, -2);
      const [rows, columns] = shape!.slice(-2) as [number, number];
      const inner = left!.shape.at(transposeLeft ? -2 : -1)!;
      const along = (operand: readonly number[], transposed: boolean): readonly [number, number] => {
        const [row, column] = stridesOf(operand).slice(-2) as [number, number];
        return transposed ? [column, row] : [row, column];
      };
      const [leftRow, leftInner] = along(left!.shape, transposeLeft);
      const [rightInner, rightColumn] = along(right!.shape, transposeRight);
      const scaled = (operand: readonly number[]): number[] => {
        const strides = broadcastStrides(operand.slice(0, -2), batch);
        return strides.map((stride) => stride * operand.at(-1)! * operand.at(-2)!);
      };
      const leftBatch = scaled(left!.shape);
      const rightBatch = scaled(right!.shape);
      forEachIndex(batch, (index, coordinates) => {
        const leftStart = offsetOf(coordinates, leftBatch);
        const rightStart = offsetOf(coordinates, rightBatch);
        for (let i = 0; i < rows; i++) {
          for (let j = 0; j < columns; j++) {
            let sum = 0;
            for (let k = 0; k < inner; k++) {
              sum += left!.data[leftStart + i * leftRow + k * leftInner]! * right!.data[rightStart + k * rightInner + j * rightColumn]!;
            }
            output.data[(index * rows + i) * columns + j] = sum;
          }
        }
      });
      return [output];
    },
    gradient: ({ inputs: [left, right], attributes: { transposeLeft, transposeRight } }, [g]) => {
      const gradientLeft = transposeLeft
        ? matMul(right!, g!, { transposeLeft: transposeRight, transposeRight: true })
        : matMul(g!, right!, { transposeRight: !transposeRight });
      const shared = right!.shape.length === 2 && left!.shape.length > 2 && !transposeLeft;
      const [l, d] = shared ? [flatRows(left!), flatRows(g!)] : [left!, g!];
      const gradientRight = transposeRight
        ? matMul(d, l, { transposeLeft: true, transposeRight: transposeLeft })
        : matMul(l, d, { transposeLeft: !transposeLeft });
      return [gradientLeft, gradientRight];
    },
  },
};
