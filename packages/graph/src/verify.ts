import { definitionOf } from './build.js';
import { GraphError } from './error.js';
import { elementCount, sameShape, showShape } from './shape.js';
import { leavesOf, nodesInOrder } from './traverse.js';
import type { Node, TensorType, Value } from './value.js';

const show = ({ type, shape }: TensorType): string => `${type} ${showShape(shape)}`;
const same = (left: TensorType, right: TensorType): boolean => left.type === right.type && sameShape(left.shape, right.shape);

/** A name means one thing, and a constant has a number for every element. */
function verifyLeaf(leaf: Value, named: Map<string, Value>): void {
  const { origin } = leaf;
  if (origin.kind === 'constant') {
    const count = elementCount(leaf.shape.map(Number));
    if (origin.data.length !== count) {
      throw new GraphError({
        where: 'verify: constant',
        expected: `${count} numbers for ${showShape(leaf.shape)}`,
        got: `${origin.data.length}`,
      });
    }
  }
  if (origin.kind !== 'input' && origin.kind !== 'parameter') return;
  if (origin.name === '') throw new GraphError({ where: `verify: ${origin.kind}`, expected: 'a name', got: 'an empty one' });
  const other = named.get(origin.name);
  if (other !== undefined && (other.origin.kind !== origin.kind || !same(other, leaf))) {
    throw new GraphError({
      where: `verify: ${origin.name}`,
      expected: 'one meaning for a name',
      got: `${other.origin.kind} ${show(other)} and ${origin.kind} ${show(leaf)}`,
    });
  }
  named.set(origin.name, leaf);
}

/** A value is an output of the node that it names. */
function verifyOrigin(where: string, value: Value): void {
  if (value.origin.kind !== 'operation') return;
  const { op, outputs } = value.origin.node;
  if (outputs[value.origin.output] !== value) {
    throw new GraphError({
      where,
      expected: `an output of ${op}`,
      got: `a copy of one, ${show(value)}`,
      hint: 'Values are not to be spread.',
    });
  }
}

/** A node's outputs are what its shape rule says. */
function verifyNode(node: Node): void {
  node.inputs.forEach((value, i) => { verifyOrigin(`verify: ${node.op}, input ${i}`, value); });
  const inferred = definitionOf(node.op).infer(node.inputs, node.attributes);
  if (inferred.length !== node.outputs.length) {
    throw new GraphError({ where: `verify: ${node.op}`, expected: `${inferred.length} outputs`, got: `${node.outputs.length}` });
  }
  node.outputs.forEach((output, i) => {
    const expected = inferred[i]!;
    if (!same(expected, output)) {
      throw new GraphError({ where: `verify: ${node.op}, output ${i}`, expected: show(expected), got: show(output) });
    }
  });
}

/**
 * Legality check of the graph that `outputs` reach.
 * @throws GraphError at the first node or leaf that breaks a rule.
 */
export function verify(outputs: readonly Value[]): void {
  const named = new Map<string, Value>();
  for (const leaf of leavesOf(outputs)) verifyLeaf(leaf, named);
  for (const node of nodesInOrder(outputs)) verifyNode(node);
  outputs.forEach((value, i) => { verifyOrigin(`verify: graph output ${i}`, value); });
}
