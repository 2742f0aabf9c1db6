import { GraphError } from './error.js';
import type { OpAttributes, OpName } from './ops/attributes.js';
import type { OpDefinition } from './ops/definition.js';
import { ops } from './ops/index.js';
import { elementCount, showShape } from './shape.js';
import type { Shape } from './shape.js';
import type { DataType, Node, Value } from './value.js';

/** The table entry of an operation. The one place where the link between a name and its attributes is lost to the compiler. */
export const definitionOf = <K extends OpName>(op: K): OpDefinition<K> => ops[op] as unknown as OpDefinition<K>;

/** Applies an operation; shapes and types are checked here, where the mistake is made. */
export function applyAll<K extends OpName>(op: K, inputs: readonly Value[], attributes: OpAttributes[K]): readonly Value[] {
  const outputs: Value[] = [];
  const node: Node<K> = { op, inputs, attributes, outputs };
  definitionOf(op).infer(inputs, attributes).forEach(({ shape, type }, output) => {
    outputs.push({ shape, type, origin: { kind: 'operation', node: node as unknown as Node, output } });
  });
  return outputs;
}

export const apply = <K extends OpName>(op: K, inputs: readonly Value[], attributes: OpAttributes[K]): Value => applyAll(op, inputs, attributes)[0]!;

/** A value that is fed when the graph runs. */
export const input = (name: string, shape: Shape, type: DataType = 'float32'): Value => ({ shape, type, origin: { kind: 'input', name } });

/** A weight: where its numbers come from (a file, an input, a constant) is decided when the graph is written. */
export const parameter = (name: string, shape: readonly number[]): Value => ({ shape, type: 'float32', origin: { kind: 'parameter', name } });

/** Numbers known now, row-major. */
export function constant(shape: readonly number[], data: ArrayLike<number>, type: DataType = 'float32'): Value {
  if (data.length !== elementCount(shape)) {
    throw new GraphError({ where: 'constant', expected: `${elementCount(shape)} numbers for ${showShape(shape)}`, got: `${data.length}` });
  }
  return { shape, type, origin: { kind: 'constant', data: Float64Array.from(data) } };
}

export const scalar = (value: number, type: DataType = 'float32'): Value => constant([], [value], type);
