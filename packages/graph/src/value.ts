import type { OpAttributes, OpName } from './ops/attributes.js';
import type { Shape } from './shape.js';

/** Element types of values. Weights may be stored narrower: they are widened where a graph reads them. */
export type DataType = 'float32' | 'int64' | 'bool' | 'uint8';

export interface TensorType {
  readonly shape: Shape;
  readonly type: DataType;
}

/** A tensor that will be there when the graph runs. Values are immutable and belong to no graph: a graph is what its outputs reach. */
export interface Value extends TensorType {
  readonly origin: Origin;
}

export type Origin =
  | { readonly kind: 'operation'; readonly node: Node; readonly output: number }
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'parameter'; readonly name: string }
  | { readonly kind: 'constant'; readonly data: Float64Array };

export interface Node<K extends OpName = OpName> {
  readonly op: K;
  readonly inputs: readonly Value[];
  readonly attributes: OpAttributes[K];
  readonly outputs: readonly Value[];
}
