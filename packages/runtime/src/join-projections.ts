import { applyAll, concat, matMul, nodesInOrder, slice } from '@palimpsest/graph';
import type { Node, Value } from '@palimpsest/graph';

/**
 * Products of one value with several weight matrices become one product with the matrices stacked, cut apart again: queries, keys and
 * values; gate and up. ONNX Runtime stacks constant weights when it loads the graph. It pays for one row, where an operator's start counts;
 * with many rows the cutting costs more. The graph means what it meant: the untouched one is the twin.
 */
export function joinProjections(outputs: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> {
  const nodes = nodesInOrder(Object.values(outputs));
  const siblings = new Map<Value, Node[]>();
  for (const node of nodes) if (isProjection(node)) siblings.set(node.inputs[0]!, [...(siblings.get(node.inputs[0]!) ?? []), node]);
  const renewed = new Map<Value, Value>();
  const renew = (value: Value): Value => renewed.get(value) ?? value;
  for (const node of nodes) {
    if (renewed.has(node.outputs[0]!)) continue;
    const group = isProjection(node) ? siblings.get(node.inputs[0]!)! : [];
    if (group.length > 1) {
      const matrices = group.map(({ inputs }) => inputs[1]!);
      const joint = matMul(renew(node.inputs[0]!), concat(matrices, 0), { transposeRight: true });
      let start = 0;
      for (const [index, { outputs: [product] }] of group.entries()) {
        const end = start + Number(matrices[index]!.shape[0]);
        renewed.set(product!, slice(joint, -1, start, end));
        start = end;
      }
    } else applyAll(node.op, node.inputs.map(renew), node.attributes).forEach((output, index) => renewed.set(node.outputs[index]!, output));
  }
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, renew(value)]));
}

/** x Wᵀ with a weight matrix W of its own. */
function isProjection({ op, inputs, attributes }: Node): boolean {
  const right = inputs[1];
  return op === 'matMul' && right!.origin.kind === 'parameter' && right!.shape.length === 2
    && 'transposeRight' in attributes && attributes.transposeRight === true && 'transposeLeft' in attributes && attributes.transposeLeft === false;
}
