import { definitionOf, scalar } from './build.js';
import { GraphError } from './error.js';
import { add, broadcastTo, reduceSum, reshape } from './expressions.js';
import { concreteShape, sameShape, showShape } from './shape.js';
import { nodesInOrder } from './traverse.js';
import type { Node, Value } from './value.js';

/** Sums the axes that broadcasting stretched: the one place where broadcast gradients are reduced. */
function sumToShape(gradient: Value, like: Value): Value {
  if (sameShape(gradient.shape, like.shape)) return gradient;
  const missing = gradient.shape.length - like.shape.length;
  const axes = gradient.shape.flatMap((size, axis) => (axis < missing || (like.shape[axis - missing] === 1 && size !== 1) ? [axis] : []));
  const summed = reshape(axes.length === 0 ? gradient : reduceSum(gradient, { axes }), like.shape);
  if (!sameShape(summed.shape, like.shape)) {
    throw new GraphError({
      where: 'gradient',
      expected: showShape(like.shape),
      got: showShape(gradient.shape),
      hint: 'A gradient rule answers in a shape of its own.',
    });
  }
  return summed;
}

function expectDifferentiable(loss: Value, sources: readonly Value[]): void {
  if (loss.shape.length !== 0 || loss.type !== 'float32') {
    throw new GraphError({
      where: 'gradients',
      expected: 'a scalar loss of float32',
      got: `${loss.type} ${showShape(loss.shape)}`,
      hint: 'Sum it.',
    });
  }
  for (const { shape, type } of sources) {
    concreteShape('gradients: source', shape);
    if (type !== 'float32') {
      throw new GraphError({
        where: 'gradients: source',
        expected: 'float32',
        got: `${type} ${showShape(shape)}`,
        hint: 'Integers and booleans have no gradient.',
      });
    }
  }
}

/** Nodes that lie between `sources` and the output: only their gradients are built. */
function nodesToDifferentiate(order: readonly Node[], sources: ReadonlySet<Value>): ReadonlySet<Node> {
  const reached = new Set<Node>();
  for (const node of order) {
    if (node.inputs.some((value) => sources.has(value) || (value.origin.kind === 'operation' && reached.has(value.origin.node)))) {
      reached.add(node);
    }
  }
  return reached;
}

/**
 * Gradients of the sum of each output times its seed, with respect to each of `sources`; shapes must be concrete.
 * @throws GraphError where the way to a source leads through an operation without a gradient.
 */
export function pullBack(outputs: readonly Value[], seeds: readonly (Value | undefined)[], sources: readonly Value[]): readonly Value[] {
  const order = nodesInOrder(outputs);
  const wanted = new Set(sources);
  const relevant = nodesToDifferentiate(order, wanted);
  const known = new Map<Value, Value>();
  const addTo = (value: Value, gradient: Value): void => {
    const sum = known.get(value);
    known.set(value, sum === undefined ? gradient : add(sum, gradient));
  };
  outputs.forEach((output, i) => {
    const seed = seeds[i];
    if (seed !== undefined) addTo(output, seed);
  });
  for (const node of [...order].reverse()) {
    const outputGradients = node.outputs.map((output) => known.get(output));
    if (!relevant.has(node) || outputGradients.every((gradient) => gradient === undefined)) continue;
    const { gradient } = definitionOf(node.op);
    if (typeof gradient === 'object') {
      throw new GraphError({ where: `gradient of ${node.op}`, expected: 'a differentiable operation', got: gradient.none });
    }
    gradient(node, outputGradients).forEach((partial, i) => {
      const source = node.inputs[i]!;
      const { origin } = source;
      if (partial === undefined || !(wanted.has(source) || (origin.kind === 'operation' && relevant.has(origin.node)))) return;
      addTo(source, sumToShape(partial, source));
    });
  }
  return sources.map((source) => known.get(source) ?? broadcastTo(scalar(0), concreteShape('gradients', source.shape)));
}

/**
 * Reverse-mode gradients of a scalar `loss` with respect to each of `sources` (zeros where it does not depend on one).
 * Shapes must be concrete. The results are ordinary values: differentiate them again for second derivatives.
 * Integers and booleans carry no gradient: what depends on a source only through them counts as constant.
 * @throws GraphError where the way to a source leads through an operation without a gradient.
 */
export function gradients(loss: Value, sources: readonly Value[]): readonly Value[] {
  expectDifferentiable(loss, sources);
  return pullBack([loss], [scalar(1)], sources);
}
