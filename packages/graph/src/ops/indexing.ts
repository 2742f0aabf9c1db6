import { GraphError } from '../error.js';
import { gatherElements, reshape, scatterElements, scatterRows, transpose } from '../expressions.js';
import { emptyReference, forEachIndex, offsetOf, reference, splitAtAxis } from '../interpreter/reference.js';
import { concreteShape, elementCount, sameShape, showShape, stridesOf } from '../shape.js';
import type { TensorType, Value } from '../value.js';
import type { OpTable } from './definition.js';
import { expectAxis, expectFloats, expectInputs } from './expect.js';

function expectIndices(where: string, { type }: TensorType): void {
  if (type !== 'int64') throw new GraphError({ where, expected: 'int64 indices', got: type, hint: 'Insert cast.' });
}

function checkIndex(where: string, index: number, size: number): number {
  if (!Number.isInteger(index) || index < 0 || index >= size) {
    throw new GraphError({ where, expected: `an index from 0 to ${size - 1}`, got: `${index}` });
  }
  return index;
}

const range = (start: number, end: number): readonly number[] => Array.from({ length: end - start }, (_, i) => start + i);

/** Adds slices g [before.., indices.., after..] at `indices` along `axis` of zeros of that shape: the transpose of gather. */
function scatterSlices(g: Value, indices: Value, axis: number, shape: readonly number[]): Value {
  const last = axis + indices.shape.length;
  const indicesFirst = [...range(axis, last), ...range(0, axis), ...range(last, g.shape.length)];
  const rest = shape.filter((_, i) => i !== axis);
  const rows = reshape(transpose(g, indicesFirst), [...indices.shape, elementCount(rest)]);
  const summed = reshape(scatterRows(rows, indices, shape[axis]!), [shape[axis]!, ...rest]);
  return transpose(summed, [...range(1, axis + 1), 0, ...range(axis + 1, shape.length)]);
}

/** Rank and sizes of `indices` must be those of the data except along `axis`. */
function expectAligned(where: string, data: TensorType, indices: TensorType, axis: number): void {
  expectIndices(where, indices);
  expectAxis(where, axis, data.shape);
  const elsewhere = ({ shape }: TensorType): TensorType['shape'] => shape.map((size, i) => (i === axis ? 0 : size));
  if (!sameShape(elsewhere(data), elsewhere(indices))) {
    throw new GraphError({
      where,
      expected: `indices shaped as the data but for axis ${axis}`,
      got: `data ${showShape(data.shape)}, indices ${showShape(indices.shape)}`,
    });
  }
}

type IndexingName = 'gather' | 'gatherElements' | 'scatterElements';

export const indexingOps: Pick<OpTable, IndexingName> = {
  gather: {
    onnx: ({ axis }) => ({ type: 'Gather', attributes: { axis: { int: axis } } }),
    infer: ([x, indices], { axis }) => {
      expectIndices('gather', indices!);
      expectAxis('gather', axis, x!.shape);
      return [{ shape: [...x!.shape.slice(0, axis), ...indices!.shape, ...x!.shape.slice(axis + 1)], type: x!.type }];
    },
    evaluate: ([x, indices], { axis }, [shape]) => {
      const { before, size, after } = splitAtAxis(x!.shape, axis);
      const output = emptyReference(shape!);
      const count = indices!.data.length;
      for (let i = 0; i < before; i++) {
        for (let k = 0; k < count; k++) {
          const start = (i * size + checkIndex('gather', indices!.data[k]!, size)) * after;
          output.data.set(x!.data.subarray(start, start + after), (i * count + k) * after);
        }
      }
      return [output];
    },
    gradient: ({ inputs: [x, indices], attributes: { axis } }, [g]) => [
      scatterSlices(g!, indices!, axis, concreteShape('gather gradient', x!.shape)), undefined,
    ],
  },
  gatherElements: {
    onnx: ({ axis }) => ({ type: 'GatherElements', attributes: { axis: { int: axis } } }),
    infer: ([x, indices], { axis }) => {
      expectAligned('gatherElements', x!, indices!, axis);
      return [{ shape: indices!.shape, type: x!.type }];
    },
    evaluate: ([x, indices], { axis }, [shape]) => {
      const output = emptyReference(shape!);
      const strides = stridesOf(x!.shape);
      forEachIndex(shape!, (flat, coordinates) => {
        const index = checkIndex('gatherElements', indices!.data[flat]!, x!.shape[axis]!);
        output.data[flat] = x!.data[offsetOf(coordinates, strides) + (index - coordinates[axis]!) * strides[axis]!]!;
      });
      return [output];
    },
    gradient: ({ inputs: [x, indices], attributes: { axis } }, [g]) => [
      scatterElements(g!, indices!, axis, concreteShape('gatherElements gradient', x!.shape)[axis]!), undefined,
    ],
  },
  scatterElements: {
    onnx: ({ axis }, [, , onto], [output]) => ({
      type: 'ScatterElements', attributes: { axis: { int: axis }, reduction: { string: 'add' } },
      operands: [onto === undefined ? { zeros: concreteShape('scatterElements', output!.shape) } : 2, 1, 0],
    }),
    infer: (inputs, { axis, size }) => {
      expectInputs('scatterElements', inputs, 2, 3);
      const [updates, indices, onto] = inputs;
      expectFloats('scatterElements', [updates!, ...(onto === undefined ? [] : [onto])]);
      expectAligned('scatterElements', updates!, indices!, axis);
      if (!sameShape(updates!.shape, indices!.shape)) {
        throw new GraphError({
          where: 'scatterElements',
          expected: 'indices shaped as the updates',
          got: `updates ${showShape(updates!.shape)}, indices ${showShape(indices!.shape)}`,
        });
      }
      const shape = updates!.shape.map((dimension, i) => (i === axis ? size : dimension));
      if (onto !== undefined && !sameShape(onto.shape, shape)) {
        throw new GraphError({ where: 'scatterElements', expected: `${showShape(shape)} to add to`, got: showShape(onto.shape) });
      }
      return [{ shape, type: updates!.type }];
    },
    evaluate: ([updates, indices, onto], { axis, size }, [shape]) => {
      const output = onto === undefined ? emptyReference(shape!) : reference(shape!, onto.data);
      const strides = stridesOf(shape!);
      forEachIndex(updates!.shape, (flat, coordinates) => {
        const index = checkIndex('scatterElements', indices!.data[flat]!, size);
        output.data[offsetOf(coordinates, strides) + (index - coordinates[axis]!) * strides[axis]!]! += updates!.data[flat]!;
      });
      return [output];
    },
    gradient: ({ inputs: [, indices, onto], attributes: { axis } }, [g]) => [
      gatherElements(g!, indices!, axis), undefined, ...(onto === undefined ? [] : [g]),
    ],
  },
};
