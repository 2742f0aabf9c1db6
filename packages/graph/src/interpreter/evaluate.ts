import { definitionOf } from '../build.js';
import { GraphError } from '../error.js';
import { resolveShape, showShape } from '../shape.js';
import { nodesInOrder, leavesOf } from '../traverse.js';
import type { Value } from '../value.js';
import type { Reference } from './reference.js';

/** Numbers for inputs and parameters, by name. */
export type Feeds = Readonly<Record<string, Reference>>;

function bindSymbols(leaves: readonly Value[], feeds: Feeds): Map<string, number> {
  const bindings = new Map<string, number>();
  for (const { origin, shape } of leaves) {
    if (origin.kind !== 'input') continue;
    const fed = feeds[origin.name];
    shape.forEach((dimension, axis) => {
      const size = fed?.shape[axis];
      if (size === undefined || (typeof dimension === 'number' && dimension !== size) || (typeof dimension === 'string' && (bindings.get(dimension) ?? size) !== size)) {
        throw new GraphError({ where: `feed ${origin.name}`, expected: showShape(shape), got: fed === undefined ? `nothing; fed are ${Object.keys(feeds).join(', ')}` : showShape(fed.shape) });
      }
      if (typeof dimension === 'string') bindings.set(dimension, size);
    });
  }
  return bindings;
}

/**
 * The oracle: evaluates `outputs` in float64 with plain loops, one node after the other. Slow on purpose.
 * @throws GraphError when a feed is missing or has another shape.
 */
export function evaluate(outputs: readonly Value[], feeds: Feeds = {}): readonly Reference[] {
  const leaves = leavesOf(outputs);
  const bindings = bindSymbols(leaves, feeds);
  const known = new Map<Value, Reference>();
  for (const leaf of leaves) {
    const { origin } = leaf;
    if (origin.kind === 'constant') known.set(leaf, { shape: resolveShape(leaf.shape, bindings), data: origin.data });
    else if (origin.kind !== 'operation') {
      const fed = feeds[origin.name];
      if (fed === undefined) throw new GraphError({ where: 'evaluate', expected: `a feed for ${origin.kind} ${origin.name}`, got: `feeds ${Object.keys(feeds).join(', ')}` });
      if (!leaf.shape.every((size, axis) => typeof size === 'string' || size === fed.shape[axis])) {
        throw new GraphError({ where: `feed ${origin.name}`, expected: showShape(leaf.shape), got: showShape(fed.shape) });
      }
      known.set(leaf, fed);
    }
  }
  for (const node of nodesInOrder(outputs)) {
    const shapes = node.outputs.map(({ shape }) => resolveShape(shape, bindings));
    const results = definitionOf(node.op).evaluate(node.inputs.map((value) => known.get(value)!), node.attributes, shapes);
    node.outputs.forEach((value, i) => known.set(value, results[i]!));
  }
  return outputs.map((value) => known.get(value)!);
}
