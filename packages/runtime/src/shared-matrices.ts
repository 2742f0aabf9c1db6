import { applyAll, matMul, nodesInOrder, transpose } from '@palimpsest/graph';
import type { Node, Value } from '@palimpsest/graph';

/**
 * Gives a product a matrix of its own where the matrix has other readers, as an embedding table that is the head as well: ONNX Runtime packs
 * a matrix for products only when nothing else reads it. The copy is a transposition, which is done once, when the graph is loaded. The
 * graph means what it meant: the untouched one is the twin.
 */
export function copySharedMatrices(outputs: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> {
  const nodes = nodesInOrder(Object.values(outputs));
  const readers = new Map<Value, number>();
  for (const { inputs } of nodes) for (const value of inputs) readers.set(value, (readers.get(value) ?? 0) + 1);
  const renewed = new Map<Value, Value>();
  const renew = (value: Value): Value => renewed.get(value) ?? value;
  for (const node of nodes) {
    const inputs = node.inputs.map(renew);
    const results = multipliesByParameter(node) && readers.get(node.inputs[1]!)! > 1
      ? [matMul(inputs[0]!, transpose(inputs[1]!, [1, 0]))]
      : applyAll(node.op, inputs, node.attributes);
    for (const [index, output] of node.outputs.entries()) renewed.set(output, results[index]!);
  }
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, renew(value)]));
}

/** x Wᵀ. */
export function multipliesByParameter({ op, inputs: [, right], attributes }: Node): boolean {
  return op === 'matMul' && right!.origin.kind === 'parameter' && right!.shape.length === 2
    && 'transposeRight' in attributes && attributes.transposeRight === true && 'transposeLeft' in attributes && attributes.transposeLeft === false;
}
