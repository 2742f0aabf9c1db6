import { scalar } from '../build.js';
import { GraphError } from '../error.js';
import { broadcastTo, concat, pad, reshape, reverse, slice, transpose } from '../expressions.js';
import { broadcastStrides, emptyReference, forEachIndex, offsetOf, splitAtAxis } from '../interpreter/reference.js';
import { addDimensions, divideDimension, multiplyDimensions, shortenDimension } from '../dimension.js';
import type { Dimension } from '../dimension.js';
import { broadcastShapes, concreteShape, normalizeShape, sameShape, showShape, stridesOf } from '../shape.js';
import type { Shape } from '../shape.js';
import type { OnnxNode, OpTable } from './definition.js';
import { expectAxis, expectInputs, expectType, numbers } from './expect.js';

/** ONNX Reshape: sizes as they are where all are known; otherwise 0 copies the size at that axis and one -1 is worked out. */
function reshapeOperator(from: Shape, to: Shape): OnnxNode {
  const known = to.every((dimension) => typeof dimension === 'number');
  const moved = to.filter((dimension, axis) => typeof dimension === 'string' && from[axis] !== dimension);
  if (moved.length > 1 || (!known && to.includes(0))) {
    throw new GraphError({
      where: 'reshape',
      expected: 'at most one symbolic size that moves, and none beside a size of 0',
      got: `${showShape(from)} to ${showShape(to)}`,
      hint: 'Keep symbolic sizes on their axes.',
    });
  }
  const target = to.map((dimension, axis) => (typeof dimension === 'number' ? dimension : from[axis] === dimension ? 0 : -1));
  return { type: 'Reshape', attributes: { allowzero: { int: Number(known) } }, operands: [0, { int64: target }] };
}

function expectRange(start: number, end: number, size: Dimension, of: string): void {
  const legal = Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end && !(typeof size === 'number' && end > size);
  if (!legal) throw new GraphError({ where: 'slice', expected: `0 <= start <= end <= ${size}`, got: `${start} to ${end} of ${of}` });
}

const withSize = (shape: Shape, axis: number, size: Dimension): Shape => shape.map((dimension, i) => (i === axis ? size : dimension));

type MovementName = 'reshape' | 'transpose' | 'broadcastTo' | 'concat' | 'slice' | 'split' | 'reverse' | 'everyNth' | 'pad';

export const movementOps: Pick<OpTable, MovementName> = {
  reshape: {
    onnx: (_, [x], [y]) => reshapeOperator(x!.shape, y!.shape),
    infer: ([x], attributes) => {
      const shape = normalizeShape('reshape to', attributes.shape);
      if (multiplyDimensions(x!.shape) !== multiplyDimensions(shape)) {
        throw new GraphError({
          where: 'reshape',
          expected: 'the same number of elements',
          got: `${showShape(x!.shape)} to ${showShape(shape)}`,
        });
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
        throw new GraphError({
          where: 'transpose',
          expected: `a permutation of the ${x!.shape.length} axes of ${showShape(x!.shape)}`,
          got: `[${permutation.join(', ')}]`,
        });
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
      expectInputs('concat', inputs, 1, Infinity);
      const [first] = inputs;
      expectAxis('concat', axis, first!.shape);
      if (inputs.some(({ shape, type }) => type !== first!.type || !sameShape(withSize(shape, axis, 0), withSize(first!.shape, axis, 0)))) {
        throw new GraphError({
          where: 'concat', expected: `shapes that differ only along axis ${axis}, and one type`,
          got: inputs.map(({ shape, type }) => `${type} ${showShape(shape)}`).join(', '),
        });
      }
      return [{ shape: withSize(first!.shape, axis, addDimensions(inputs.map(({ shape }) => shape[axis]!))), type: first!.type }];
    },
    evaluate: (inputs, { axis }, [shape]) => {
      const output = emptyReference(shape!);
      const total = shape![axis]!;
      let start = 0;
      for (const part of inputs) {
        const { before, size, after } = splitAtAxis(part.shape, axis);
        for (let i = 0; i < before; i++) {
          output.data.set(part.data.subarray(i * size * after, (i + 1) * size * after), (i * total + start) * after);
        }
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
    onnx: ({ axis, start, end }) => ({ type: 'Slice', operands: [0, { int64: [start] }, { int64: [Math.min(end, Number.MAX_SAFE_INTEGER)] }, { int64: [axis] }] }),
    infer: ([x], { axis, start, end }) => {
      expectAxis('slice', axis, x!.shape);
      const size = x!.shape[axis]!;
      expectRange(start, end === Infinity ? start : end, size, `axis ${axis} of ${showShape(x!.shape)}`);
      if (end === Infinity) return [{ shape: withSize(x!.shape, axis, shortenDimension('slice', size, start)), type: x!.type }];
      return [{ shape: withSize(x!.shape, axis, end - start), type: x!.type }];
    },
    evaluate: ([x], { axis, start, end: last }, [shape]) => {
      const { before, size, after } = splitAtAxis(x!.shape, axis);
      const end = last === Infinity ? size : last;
      expectRange(start, end, size, `axis ${axis} of ${showShape(x!.shape)}`);
      const output = emptyReference(shape!);
      for (let i = 0; i < before; i++) {
        output.data.set(x!.data.subarray((i * size + start) * after, (i * size + end) * after), i * (end - start) * after);
      }
      return [output];
    },
    gradient: ({ inputs: [x], attributes: { axis, start, end } }, [g]) => [
      pad(g!, axis, start, concreteShape('slice gradient', x!.shape)[axis]! - end),
    ],
  },
  split: {
    onnx: ({ axis, sizes }) => ({ type: 'Split', attributes: { axis: { int: axis } }, operands: [0, { int64: sizes }] }),
    infer: ([x], { axis, sizes }) => {
      expectAxis('split', axis, x!.shape);
      const size = x!.shape[axis]!;
      if (size !== sizes.reduce((sum, part) => sum + part, 0)) {
        throw new GraphError({ where: 'split', expected: `sizes that add up to ${size}`, got: sizes.join(' + ') });
      }
      return sizes.map((part) => ({ shape: withSize(x!.shape, axis, part), type: x!.type }));
    },
    evaluate: ([x], { axis }, shapes) => {
      const { before, size, after } = splitAtAxis(x!.shape, axis);
      let start = 0;
      return shapes.map((shape) => {
        const output = emptyReference(shape);
        const part = shape[axis]!;
        for (let i = 0; i < before; i++) output.data.set(x!.data.subarray((i * size + start) * after, (i * size + start + part) * after), i * part * after);
        start += part;
        return output;
      });
    },
    gradient: ({ outputs, attributes: { axis } }, gradients) => [
      concat(outputs.map(({ shape }, i) => gradients[i] ?? broadcastTo(scalar(0), concreteShape('split gradient', shape))), axis),
    ],
  },
  reverse: {
    onnx: ({ axis }) => ({ type: 'Slice', operands: [0, { int64: [-1] }, { int64: [-Number.MAX_SAFE_INTEGER] }, { int64: [axis] }, { int64: [-1] }] }),
    infer: ([x], { axis }) => {
      expectAxis('reverse', axis, x!.shape);
      return [{ shape: x!.shape, type: x!.type }];
    },
    evaluate: ([x], { axis }, [shape]) => {
      const output = emptyReference(shape!);
      const { before, size, after } = splitAtAxis(shape!, axis);
      for (let i = 0; i < before; i++) {
        for (let j = 0; j < size; j++) {
          const from = (i * size + j) * after;
          output.data.set(x!.data.subarray(from, from + after), (i * size + size - 1 - j) * after);
        }
      }
      return [output];
    },
    gradient: ({ attributes: { axis } }, [g]) => [reverse(g!, axis)],
  },
  everyNth: {
    onnx: ({ axis, step }) => ({ type: 'Slice', operands: [0, { int64: [0] }, { int64: [Number.MAX_SAFE_INTEGER] }, { int64: [axis] }, { int64: [step] }] }),
    infer: ([x], { axis, step }) => {
      expectAxis('everyNth', axis, x!.shape);
      if (!Number.isInteger(step) || step < 1) throw new GraphError({ where: 'everyNth', expected: 'a step of at least 1', got: `${step}` });
      return [{ shape: withSize(x!.shape, axis, divideDimension(x!.shape[axis]!, step)), type: x!.type }];
    },
    evaluate: ([x], { axis, step }, [shape]) => {
      const output = emptyReference(shape!);
      const { before, size, after } = splitAtAxis(x!.shape, axis);
      const count = shape![axis]!;
      for (let i = 0; i < before; i++) {
        for (let j = 0; j < count; j++) {
          const from = (i * size + j * step) * after;
          output.data.set(x!.data.subarray(from, from + after), (i * count + j) * after);
        }
      }
      return [output];
    },
    gradient: ({ inputs: [x], outputs: [y], attributes: { axis, step } }, [g]) => {
      const shape = concreteShape('everyNth gradient', y!.shape);
      const [before, after] = [shape.slice(0, axis), shape.slice(axis + 1)];
      const spread = reshape(pad(reshape(g!, [...before, shape[axis]!, 1, ...after]), axis + 1, 0, step - 1), [...before, shape[axis]! * step, ...after]);
      return [slice(spread, axis, 0, concreteShape('everyNth gradient', x!.shape)[axis]!)];
    },
  },
  pad: {
    onnx: ({ axis, before, after }, [x]) => {
      const along = (amount: number): number[] => x!.shape.map((_, i) => (i === axis ? amount : 0));
      return { type: 'Pad', operands: [0, { int64: [...along(before), ...along(after)] }] };
    },
    infer: ([x], { axis, before, after }) => {
      expectType('pad', numbers, [x!]);
      expectAxis('pad', axis, x!.shape);
      if (![before, after].every((amount) => Number.isInteger(amount) && amount >= 0)) {
        throw new GraphError({
          where: 'pad',
          expected: 'amounts from 0 on',
          got: `${before} before and ${after} after axis ${axis}`,
          hint: 'Slice to shorten.',
        });
      }
      return [{ shape: withSize(x!.shape, axis, addDimensions([x!.shape[axis]!, before + after])), type: x!.type }];
    },
    evaluate: ([x], { axis, before }, [shape]) => {
      const { before: outer, size, after } = splitAtAxis(x!.shape, axis);
      const output = emptyReference(shape!);
      for (let i = 0; i < outer; i++) {
        output.data.set(x!.data.subarray(i * size * after, (i + 1) * size * after), (i * shape![axis]! + before) * after);
      }
      return [output];
    },
    gradient: ({ inputs: [x], attributes: { axis, before } }, [g]) => [
      slice(g!, axis, before, before + concreteShape('pad gradient', x!.shape)[axis]!),
    ],
  },
};
