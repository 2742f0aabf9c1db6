import { GraphError } from '../error.js';
import { pad, reshape, slice, transpose } from '../expressions.js';
import { broadcastStrides, emptyReference, forEachIndex, offsetOf, splitAtAxis } from '../interpreter/reference.js';
import { addDimensions, broadcastShapes, concreteShape, multiplyDimensions, sameShape, showShape, stridesOf } from '../shape.js';
import type { Dimension, Shape } from '../shape.js';
import type { OpTable } from './definition.js';

/** ONNX Reshape: 0 copies the size at that axis, one -1 is worked out. */
function reshapeTarget(from: Shape, to: Shape): readonly number[] {
  let inferred = 0;
  return to.map((dimension, axis) => {
    if (typeof dimension === 'number') return dimension;
    if (from[axis] === dimension) return 0;
    if (inferred++ > 0) throw new GraphError({ where: 'reshape', expected: 'at most one symbolic size that moves', got: `${showShape(from)} to ${showShape(to)}` });
    return -1;
  });
}

const withSize = (shape: Shape, axis: number, size: Dimension): Shape => shape.map((dimension, i) => (i === axis ? size : dimension));

type MovementName = 'reshape' | 'transpose' | 'broadcastTo' | 'concat' | 'slice' | 'pad';

export const movementOps: Pick<OpTable, MovementName> = {
  reshape: {
    onnx: ({ shape }, [x]) => ({ type: 'Reshape', operands: [0, { int64: reshapeTarget(x!.shape, shape) }] }),
    infer: ([x], { shape }) => {
      if (multiplyDimensions(x!.shape) !== multiplyDimensions(shape)) {
        throw new GraphError({ where: 'reshape', expected: 'the same number of elements', got: `${showShape(x!.shape)} to ${showShape(shape)}` });
      }
      return [{ shape, type: x!.type }];
    },
    evaluate: ([x], _, [shape]) => [{ shape: shape!, data: x!.data }],
    gradient: ({ inputs: [x] }, [g]) => [reshape(g!, x!.shape)],
  },
  transpose: {
    onnx: ({ permutation }) => ({ type: 'Transpose', attributes: { perm: { ints: permutation } } }),
    infer: ([x], { permutation }) => {
      if ([...permutation].sort((a, b) => a - b).some((axis, i) => axis !== i) || permutation.length !== x!.shape.length) {
        throw new GraphError({ where: 'transpose', expected: `a permutation of the ${x!.shape.length} axes of ${showShape(x!.shape)}`, got: `[${permutation.join(', ')}]` });
      }
      return [{ shape: permutation.map((axis) => x!.shape[axis]!), type: x!.type }];
    },
    evaluate: ([x], { permutation }, [shape]) => {
      const output = emptyReference(shape!);
      const strides = stridesOf(x!.shape);
      const read = permutation.map((axis) => strides[axis]!);
      forEachIndex(shape!, (flat, coordinates) => { output.data[flat] = x!.data[offsetOf(coordinates, read)]!; });
      return [output];
    },
    gradient: ({ attributes: { permutation } }, [g]) => [transpose(g!, permutation.map((_, axis) => permutation.indexOf(axis)))],
  },
  broadcastTo: {
    onnx: ({ shape }) => ({ type: 'Expand', operands: [0, { int64: shape }] }),
    infer: ([x], { shape }) => {
      if (!sameShape(broadcastShapes('broadcastTo', x!.shape, shape), shape)) {
        throw new GraphError({ where: 'broadcastTo', expected: `a shape that ${showShape(x!.shape)} stretches to`, got: showShape(shape) });
      }
      return [{ shape, type: x!.type }];
    },
    evaluate: ([x], _, [shape]) => {
      const output = emptyReference(shape!);
      const strides = broadcastStrides(x!.shape, shape!);
      forEachIndex(shape!, (flat, coordinates) => { output.data[flat] = x!.data[offsetOf(coordinates, strides)]!; });
      return [output];
    },
    gradient: (_, [g]) => [g!],
  },
  concat: {
    onnx: ({ axis }) => ({ type: 'Concat', attributes: { axis: { int: axis } } }),
    infer: (inputs, { axis }) => {
      const [first] = inputs;
      for (const other of inputs) {
        if (other.type !== first!.type || !sameShape(withSize(other.shape, axis, 0), withSize(first!.shape, axis, 0))) {
          throw new GraphError({ where: 'concat', expected: `shapes that differ only along axis ${axis}, and one type`, got: inputs.map(({ shape, type }) => `${type} ${showShape(shape)}`).join(', ') });
        }
      }
      return [{ shape: withSize(first!.shape, axis, addDimensions(inputs.map(({ shape }) => shape[axis]!))), type: first!.type }];
    },
    evaluate: (inputs, { axis }, [shape]) => {
      const output = emptyReference(shape!);
      const total = shape![axis]!;
      let start = 0;
      for (const part of inputs) {
        const { before, size, after } = splitAtAxis(part.shape, axis);
        for (let i = 0; i < before; i++) output.data.set(part.data.subarray(i * size * after, (i + 1) * size * after), (i * total + start) * after);
        start += size;
      }
      return [output];
    },
    gradient: ({ inputs, attributes: { axis } }, [g]) => {
      let start = 0;
      return inputs.map((part) => {
        const size = concreteShape('concat gradient', part.shape)[axis]!;
        return slice(g!, axis, start, (start += size));
      });
    },
  },
  slice: {
    onnx: ({ axis, start, end }) => ({ type: 'Slice', operands: [0, { int64: [start] }, { int64: [end] }, { int64: [axis] }] }),
    infer: ([x], { axis, start, end }) => {
      const size = x!.shape[axis]!;
      if (start < 0 || end < start || (typeof size === 'number' && end > size)) {
        throw new GraphError({ where: 'slice', expected: `0 <= start <= end <= ${size}`, got: `${start} to ${end} of axis ${axis} of ${showShape(x!.shape)}` });
      }
      return [{ shape: withSize(x!.shape, axis, end - start), type: x!.type }];
    },
    evaluate: ([x], { axis, start, end }, [shape]) => {
      const { before, size, after } = splitAtAxis(x!.shape, axis);
      const output = emptyReference(shape!);
      for (let i = 0; i < before; i++) output.data.set(x!.data.subarray((i * size + start) * after, (i * size + end) * after), i * (end - start) * after);
      return [output];
    },
    gradient: ({ inputs: [x], attributes: { axis, start, end } }, [g]) => [pad(g!, axis, start, concreteShape('slice gradient', x!.shape)[axis]! - end)],
  },
  pad: {
    onnx: ({ axis, before, after }, [x]) => {
      const along = (amount: number): number[] => x!.shape.map((_, i) => (i === axis ? amount : 0));
      return { type: 'Pad', operands: [0, { int64: [...along(before), ...along(after)] }] };
    },
    infer: ([x], { axis, before, after }) => [{ shape: withSize(x!.shape, axis, addDimensions([x!.shape[axis]!, before + after])), type: x!.type }],
    evaluate: ([x], { axis, before }, [shape]) => {
      const { before: outer, size, after } = splitAtAxis(x!.shape, axis);
      const output = emptyReference(shape!);
      for (let i = 0; i < outer; i++) output.data.set(x!.data.subarray(i * size * after, (i + 1) * size * after), (i * shape![axis]! + before) * after);
      return [output];
    },
    gradient: ({ inputs: [x], attributes: { axis, before } }, [g]) => [slice(g!, axis, before, before + concreteShape('pad gradient', x!.shape)[axis]!)],
  },
};
