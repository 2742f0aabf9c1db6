import { definitionOf } from '../build.js';
import { namesIn, resolveDimension } from '../dimension.js';
import type { Bindings } from '../dimension.js';
import { GraphError } from '../error.js';
import { elementCount, resolveShape, showShape } from '../shape.js';
import type { Shape } from '../shape.js';
import { leavesOf, nodesInOrder } from '../traverse.js';
import type { Value } from '../value.js';
import type { Reference } from './reference.js';

/** Numbers for inputs and parameters, by name. */
export type Feeds = Readonly<Record<string, Reference>>;

/** The numbers fed for an input or parameter. */
function feedOf(kind: string, name: string, shape: Shape, feeds: Feeds): Reference {
  const fed = feeds[name];
  const where = `feed ${name}`;
  if (fed === undefined) {
    throw new GraphError({ where, expected: `${kind} ${showShape(shape)}`, got: `feeds ${Object.keys(feeds).join(', ') || 'of nothing'}` });
  }
  if (fed.shape.length !== shape.length) throw new GraphError({ where, expected: showShape(shape), got: showShape(fed.shape) });
  if (fed.data.length !== elementCount(fed.shape)) {
    throw new GraphError({ where, expected: `${elementCount(fed.shape)} numbers for ${showShape(fed.shape)}`, got: `${fed.data.length}` });
  }
  return fed;
}

/** Sizes of the names that stand alone on an axis of some input, beside those known already; every other size must agree with them. */
function bindNames(leaves: readonly Value[], feeds: Feeds, known: Bindings): Bindings {
  const axes = leaves.flatMap(({ origin, shape }) => {
    if (origin.kind !== 'input' && origin.kind !== 'parameter') return [];
    const fed = feedOf(origin.kind, origin.name, shape, feeds);
    return shape.map((dimension, axis) => ({ dimension, size: fed.shape[axis]!, where: `feed ${origin.name}, axis ${axis}` }));
  });
  const bindings = new Map(known);
  for (const { dimension, size } of axes) {
    if (typeof dimension === 'string' && namesIn(dimension)[0] === dimension && !bindings.has(dimension)) bindings.set(dimension, size);
  }
  for (const { dimension, size, where } of axes) {
    const expected = resolveDimension(dimension, bindings);
    if (expected !== size) {
      throw new GraphError({ where, expected: expected === dimension ? `${expected}` : `${expected} (${dimension})`, got: `${size}` });
    }
  }
  return bindings;
}

/**
 * The oracle: evaluates `outputs` in float64 with plain loops, one node after the other. Slow on purpose.
 * @param sizes of symbolic dimensions that no input has alone on an axis.
 * @throws GraphError when a feed is missing or has another shape.
 */
export function evaluate(outputs: readonly Value[], feeds: Feeds = {}, sizes: Bindings = new Map()): readonly Reference[] {
  const leaves = leavesOf(outputs);
  const bindings = bindNames(leaves, feeds, sizes);
  const known = new Map<Value, Reference>();
  for (const leaf of leaves) {
    const { origin } = leaf;
    if (origin.kind === 'constant') known.set(leaf, { shape: resolveShape(leaf.shape, bindings), data: origin.data });
    else if (origin.kind !== 'operation') known.set(leaf, feeds[origin.name]!);
  }
  for (const node of nodesInOrder(outputs)) {
    const shapes = node.outputs.map(({ shape }) => resolveShape(shape, bindings));
    const results = definitionOf(node.op).evaluate(node.inputs.map((value) => known.get(value)!), node.attributes, shapes);
    node.outputs.forEach((value, i) => known.set(value, results[i]!));
  }
  return outputs.map((value) => known.get(value)!);
}
