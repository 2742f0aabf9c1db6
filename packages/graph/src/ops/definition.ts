import type { Reference } from '../interpreter/reference.js';
import type { DataType, Node, TensorType, Value } from '../value.js';
import type { OpAttributes, OpName, ScanBody } from './attributes.js';

/** One operation, one object: how it is called in ONNX, its shapes, its meaning in float64, its gradient. */
export interface OpDefinition<K extends OpName> {
  readonly onnx: (attributes: OpAttributes[K], inputs: readonly TensorType[], outputs: readonly TensorType[]) => OnnxNode;
  /** @throws GraphError when the inputs do not fit. */
  readonly infer: (inputs: readonly TensorType[], attributes: OpAttributes[K]) => readonly TensorType[];
  /** The oracle: plain loops in doubles. `shapes` are the outputs' shapes with every symbol resolved. */
  readonly evaluate: (
    inputs: readonly Reference[],
    attributes: OpAttributes[K],
    shapes: readonly (readonly number[])[],
  ) => readonly Reference[];
  readonly gradient: GradientRule<K> | { readonly none: string };
}

/**
 * Gradients for the inputs of `node` from those of its outputs (undefined: nothing depends on that output). Emits graph
 * values only, so it can be differentiated again. May answer in the output's shape: the driver sums over broadcast axes.
 */
export type GradientRule<K extends OpName> = (
  node: Node<K>,
  outputGradients: readonly (Value | undefined)[],
) => readonly (Value | undefined)[];

export interface OnnxNode {
  readonly type: string;
  readonly domain?: 'com.microsoft';
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  /** What is passed, in order; all inputs when absent. */
  readonly operands?: readonly OnnxOperand[];
  /** Which output of ours each result is; all in order when absent. Past the first, one that nothing reads is not asked for. */
  readonly results?: readonly (number | undefined)[];
  /** The turn of a Scan, which reads what is shared in place; of the results only those that something reads are asked for. */
  readonly turn?: { readonly body: ScanBody; readonly backwards: boolean };
}

/** What is passed: an input by its index, a constant, or nothing where ONNX lets an operand be absent. */
export type OnnxOperand = number | 'absent' | { readonly int64: readonly number[]; readonly scalar?: true } | { readonly int32: readonly number[] } | { readonly zeros: readonly number[] };

/** Integers and floats differ in ONNX, so a number says which it is. */
export type OnnxAttribute =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly elementType: DataType };

export type OpTable = { readonly [K in OpName]: OpDefinition<K> };
