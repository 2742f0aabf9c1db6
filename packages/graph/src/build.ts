import { GraphError } from './error.js';
import type { OpAttributes, OpName } from './ops/attributes.js';
import type { OpDefinition } from './ops/definition.js';
// a cycle, used only inside functions: gradient rules apply operations, and applying looks up shape rules
import { ops } from './ops/index.js';
import { concreteShape, elementCount, normalizeShape, showShape } from './shape.js';
import type { Shape } from './shape.js';
import type { DataType, Node, Value } from './value.js';

/** The table entry of an operation. */
export const definitionOf = <K extends OpName>(op: K): OpDefinition<K> => ops[op];

/** Applies an operation; shapes and types are checked here, where the mistake is made. */
export function applyAll<K extends OpName>(op: K, inputs: readonly Value[], attributes: OpAttributes[K]): readonly Value[] {
  const outputs: Value[] = [];
  const node: Node<K> = { op, inputs, attributes, outputs };
  definitionOf(op).infer(inputs, attributes).forEach(({ shape, type }, output) => {
    outputs.push({ shape, type, origin: { kind: 'operation', node, output } });
  });
  return outputs;
}

export const apply = <K extends OpName>(op: K, inputs: readonly Value[], attributes: OpAttributes[K]): Value =>
  applyAll(op, inputs, attributes)[0]!;

/** A value that is fed when the graph runs. */
export const input = (name: string, shape: Shape, type: DataType = 'float32'): Value =>
  ({ shape: normalizeShape(`input ${name}`, shape), type, origin: { kind: 'input', name } });

/** A weight: where its numbers come from (a file, an input, a constant) is decided when the graph is written. */
export const parameter = (name: string, shape: readonly number[], type: DataType = 'float32'): Value => ({
  shape: concreteShape(`parameter ${name}`, normalizeShape(`parameter ${name}`, shape)),
  type,
  origin: { kind: 'parameter', name },
});

const holds: { readonly [type in DataType]: (value: number) => boolean } = {
  float32: () => true,
  int64: Number.isSafeInteger,
  bool: (value) => value === 0 || value === 1,
  uint8: (value) => Number.isInteger(value) && value >= 0 && value < 256,
};

/** Numbers known now, row-major; booleans are 0 and 1. */
export function constant(shape: readonly number[], data: ArrayLike<number>, type: DataType = 'float32'): Value {
  if (data.length !== elementCount(concreteShape('constant', normalizeShape('constant', shape)))) {
    throw new GraphError({ where: 'constant', expected: `${elementCount(shape)} numbers for ${showShape(shape)}`, got: `${data.length}` });
  }
  const numbers = Float64Array.from(data);
  const stranger = numbers.find((value) => !holds[type](value));
  if (stranger !== undefined) {
    throw new GraphError({ where: 'constant', expected: `numbers that ${type} holds`, got: `${stranger}`, hint: 'Name another type.' });
  }
  return { shape, type, origin: { kind: 'constant', data: numbers } };
}

export const scalar = (value: number, type: DataType = 'float32'): Value => constant([], [value], type);
