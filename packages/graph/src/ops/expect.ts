import { GraphError } from '../error.js';
import { showShape } from '../shape.js';
import type { Shape } from '../shape.js';
import type { DataType, TensorType } from '../value.js';

export const numbers: readonly DataType[] = ['float32', 'int64'];
export const anyType: readonly DataType[] = ['float32', 'int64', 'bool', 'uint8'];

/** @throws GraphError unless all inputs are of one type, and that type is allowed. */
export function expectType(where: string, allowed: readonly DataType[], inputs: readonly TensorType[]): void {
  for (const { type } of inputs) {
    if (!allowed.includes(type)) throw new GraphError({ where, expected: allowed.join(' or '), got: type, hint: 'Insert cast.' });
  }
  if (new Set(inputs.map(({ type }) => type)).size > 1) {
    throw new GraphError({ where, expected: 'inputs of one type', got: inputs.map(({ type }) => type).join(', '), hint: 'Insert cast.' });
  }
}

/** @throws GraphError unless `axis`, counted from the front, is one of the shape's. */
export function expectAxis(where: string, axis: number, shape: Shape): void {
  if (!Number.isInteger(axis) || axis < 0 || axis >= shape.length) {
    throw new GraphError({ where, expected: `an axis from 0 to ${shape.length - 1} of ${showShape(shape)}`, got: `${axis}` });
  }
}

export const expectFloats = (where: string, inputs: readonly TensorType[]): void => expectType(where, ['float32'], inputs);

/** @throws GraphError unless `count` inputs came. */
export function expectInputs(where: string, inputs: readonly TensorType[], least: number, most: number = least): void {
  if (inputs.length < least || inputs.length > most) {
    throw new GraphError({ where, expected: `${least === most ? least : `${least} to ${most}`} inputs`, got: `${inputs.length}` });
  }
}
