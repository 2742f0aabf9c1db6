import { applyAll, nodesInOrder, sameShape, sumRmsNormalization } from '@palimpsest/graph';
import type { Node, Value } from '@palimpsest/graph';

/**
 * Adds and normalises in one operator where a norm reads a sum, as it does behind every residual branch: each operator over some hundred rows takes
 * a few microseconds to share them out among threads. The untouched graph is the twin.
 */
export function joinSums(outputs: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> {
  const nodes = nodesInOrder(Object.values(outputs));
  const normOf = new Map<Node, Node>();
  for (const node of nodes) {
    const sum = sumBefore(node);
    if (sum !== undefined && !normOf.has(sum)) normOf.set(sum, node);
  }
  const renewed = new Map<Value, Value>();
  const renew = (value: Value): Value => renewed.get(value) ?? value;
  for (const node of nodes) {
    if (node.outputs.every((output) => renewed.has(output))) continue; // came with its sum
    const inputs = node.inputs.map(renew);
    const norm = normOf.get(node);
    if (norm === undefined) {
      for (const [index, result] of applyAll(node.op, inputs, node.attributes).entries()) renewed.set(node.outputs[index]!, result);
      continue;
    }
    const { normalised, sum } = sumRmsNormalization(inputs[0]!, inputs[1]!, norm.inputs[1]!, 'epsilon' in norm.attributes ? norm.attributes.epsilon : 0);
    renewed.set(node.outputs[0]!, sum).set(norm.outputs[0]!, normalised);
  }
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, renew(value)]));
}

/** The sum of two values of one shape that a norm reads, with a weight that is there before any sum is. */
function sumBefore({ op, inputs: [x, weight] }: Node): Node | undefined {
  if (op !== 'rmsNormalization' || x!.origin.kind !== 'operation' || weight!.origin.kind !== 'parameter') return undefined;
  const { node } = x!.origin;
  return node.op === 'add' && node.inputs.every(({ shape }) => sameShape(shape, x!.shape)) && x!.shape.length < 4 && x!.shape.length > 1 ? node : undefined;
}
