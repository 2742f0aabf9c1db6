import { definitionOf } from './build.js';
import { GraphError } from './error.js';
import { sameShape, showShape } from './shape.js';
import { leavesOf, nodesInOrder } from './traverse.js';
import type { Value } from './value.js';

/**
 * Legality check: every node's outputs are what its shape rule says, and a name means one thing.
 * @throws GraphError at the first node or leaf that breaks a rule.
 */
export function verify(outputs: readonly Value[]): void {
  const named = new Map<string, Value>();
  for (const leaf of leavesOf(outputs)) {
    const { origin } = leaf;
    if (origin.kind !== 'input' && origin.kind !== 'parameter') continue;
    const other = named.get(origin.name);
    if (other !== undefined && (other.origin.kind !== origin.kind || other.type !== leaf.type || !sameShape(other.shape, leaf.shape))) {
      throw new GraphError({
        where: `verify: ${origin.name}`, expected: 'one meaning for a name',
        got: `${other.origin.kind} ${other.type} ${showShape(other.shape)} and ${origin.kind} ${leaf.type} ${showShape(leaf.shape)}`,
      });
    }
    named.set(origin.name, leaf);
  }
  for (const node of nodesInOrder(outputs)) {
    const inferred = definitionOf(node.op).infer(node.inputs, node.attributes);
    node.outputs.forEach((output, i) => {
      const expected = inferred[i];
      if (expected === undefined || expected.type !== output.type || !sameShape(expected.shape, output.shape)) {
        throw new GraphError({
          where: `verify: ${node.op}, output ${i}`, expected: expected === undefined ? 'no such output' : `${expected.type} ${showShape(expected.shape)}`,
          got: `${output.type} ${showShape(output.shape)}`,
        });
      }
    });
  }
}
