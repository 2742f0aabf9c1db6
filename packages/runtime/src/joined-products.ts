import { applyAll, concat, matMul, nodesInOrder, slice } from '@palimpsest/graph';
import type { Node, Value } from '@palimpsest/graph';
import { multipliesByParameter } from './shared-matrices.js';

/**
 * Multiplies rows that several matrices read by all of these at once: a product of one row is over so soon that starting it counts, and
 * three small ones do not occupy two threads. The matrices are joined when the graph is loaded. The untouched graph is the twin.
 */
export function joinProducts(outputs: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> {
  const nodes = nodesInOrder(Object.values(outputs));
  const products = new Map<Value, Node[]>();
  for (const node of nodes) if (multipliesByParameter(node)) products.set(node.inputs[0]!, [...(products.get(node.inputs[0]!) ?? []), node]);
  const renewed = new Map<Value, Value>();
  const renew = (value: Value): Value => renewed.get(value) ?? value;
  for (const node of nodes) {
    if (node.outputs.every((output) => renewed.has(output))) continue; // came with the first of its group
    const group = multipliesByParameter(node) ? products.get(node.inputs[0]!)! : [node];
    if (group.length === 1) {
      for (const [index, result] of applyAll(node.op, node.inputs.map(renew), node.attributes).entries()) renewed.set(node.outputs[index]!, result);
      continue;
    }
    const joined = matMul(renew(node.inputs[0]!), concat(group.map(({ inputs }) => inputs[1]!), 0), { transposeRight: true });
    let start = 0;
    for (const { inputs, outputs: [output] } of group) {
      const end = start + (inputs[1]!.shape[0] as number);
      renewed.set(output!, slice(joined, -1, start, end));
      start = end;
    }
  }
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, renew(value)]));
}
