import { GraphError } from '../error.js';
import { gather, gatherElements, reshape, scatterElements, scatterRows } from '../expressions.js';
import { emptyReference, forEachIndex, offsetOf, splitAtAxis } from '../interpreter/reference.js';
import { concreteShape, elementCount, sameShape, showShape, stridesOf } from '../shape.js';
import type { TensorType } from '../value.js';
import type { OpTable } from './definition.js';

function expectIndices(where: string, { type }: TensorType): void {
  if (type !== 'int64') throw new GraphError({ where, expected: 'int64 indices', got: type, hint: 'Insert cast.' });
}

function checkIndex(where: string, index: number, size: number): number {
  if (!Number.isInteger(index) || index < 0 || index >= size) throw new GraphError({ where, expected: `an index from 0 to ${size - 1}`, got: `${index}` });
  return index;
}

/** Rank and sizes of `indices` must be those of the data except along `axis`. */
function expectAligned(where: string, data: TensorType, indices: TensorType, axis: number): void {
  expectIndices(where, indices);
  const elsewhere = ({ shape }: TensorType): TensorType['shape'] => shape.map((size, i) => (i === axis ? 0 : size));
  if (!sameShape(elsewhere(data), elsewhere(indices))) {
    throw new GraphError({ where, expected: `indices shaped as the data but for axis ${axis}`, got: `data ${showShape(data.shape)}, indices ${showShape(indices.shape)}` });
  }
}

type IndexingName = 'gather' | 'scatterRows' | 'gatherElements' | 'scatterElements';

export const indexingOps: Pick<OpTable, IndexingName> = {
  gather: {
    onnx: ({ axis }) => ({ type: 'Gather', attributes: { axis: { int: axis } } }),
    infer: ([x, indices], { axis }) => {
      expectIndices('gather', indices!);
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
    gradient: ({ inputs: [x, indices], attributes: { axis } }, [g]) => {
      const shape = concreteShape('gather gradient', x!.shape);
      if (axis !== 0) throw new GraphError({ where: 'gather gradient', expected: 'axis 0', got: `axis ${axis}`, hint: 'Transpose first.' });
      const rows = reshape(g!, [...indices!.shape, elementCount(shape.slice(1))]);
      return [reshape(scatterRows(rows, indices!, shape[0]!), shape), undefined];
    },
  },
  scatterRows: {
    onnx: (_attributes, _inputs, [output]) => ({ type: 'ScatterND', attributes: { reduction: { string: 'add' } }, operands: [{ zeros: concreteShape('scatterRows', output!.shape) }, 1, 0] }),
    infer: ([updates, indices], { rows }) => {
      expectIndices('scatterRows', indices!);
      if (!sameShape([...updates!.shape.slice(0, -1), 1], indices!.shape)) {
        throw new GraphError({ where: 'scatterRows', expected: 'updates [i.., width] for indices [i.., 1]', got: `updates ${showShape(updates!.shape)}, indices ${showShape(indices!.shape)}` });
      }
      return [{ shape: [rows, updates!.shape.at(-1)!], type: updates!.type }];
    },
    evaluate: ([updates, indices], { rows }, [shape]) => {
      const output = emptyReference(shape!);
      const width = shape![1]!;
      indices!.data.forEach((index, k) => {
        const row = checkIndex('scatterRows', index, rows);
        for (let j = 0; j < width; j++) output.data[row * width + j]! += updates!.data[k * width + j]!;
      });
      return [output];
    },
    gradient: ({ inputs: [, indices] }, [g]) => [gather(g!, reshape(indices!, indices!.shape.slice(0, -1)), 0), undefined],
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
    onnx: ({ axis }, _inputs, [output]) => ({
      type: 'ScatterElements', attributes: { axis: { int: axis }, reduction: { string: 'add' } },
      operands: [{ zeros: concreteShape('scatterElements', output!.shape) }, 1, 0],
    }),
    infer: ([updates, indices], { axis, size }) => {
      expectAligned('scatterElements', updates!, indices!, axis);
      return [{ shape: updates!.shape.map((dimension, i) => (i === axis ? size : dimension)), type: updates!.type }];
    },
    evaluate: ([updates, indices], { axis, size }, [shape]) => {
      const output = emptyReference(shape!);
      const strides = stridesOf(shape!);
      forEachIndex(updates!.shape, (flat, coordinates) => {
        const index = checkIndex('scatterElements', indices!.data[flat]!, size);
        output.data[offsetOf(coordinates, strides) + (index - coordinates[axis]!) * strides[axis]!]! += updates!.data[flat]!;
      });
      return [output];
    },
    gradient: ({ inputs: [, indices], attributes: { axis } }, [g]) => [gatherElements(g!, indices!, axis), undefined],
  },
};
