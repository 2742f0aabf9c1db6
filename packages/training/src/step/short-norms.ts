import { add, applyAll, multiply, nodesInOrder, reciprocal, reduceSum, reshape, sqrt } from '@palimpsest/graph';
import type { Node, Value } from '@palimpsest/graph';

/** Entries of a row up to which a root mean square counts as short: that of heads, not that of a model's width. */
const shortRow = 64;

/**
 * Writes root mean squares of short rows out as the operators that their gradients have anyway. ONNX Runtime 1.30 counts references to its allocator at every
 * row, so that two threads take twice as long as one for many of them. The untouched graph is the twin.
 */
export function writeOutShortNorms(outputs: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> {
  const renewed = new Map<Value, Value>();
  const renew = (value: Value): Value => renewed.get(value) ?? value;
  for (const node of nodesInOrder(Object.values(outputs))) {
    const inputs = node.inputs.map(renew);
    const results = isShortNorm(node) ? [normalised(inputs as [Value, Value], node)] : applyAll(node.op, inputs, node.attributes);
    for (const [index, output] of node.outputs.entries()) renewed.set(output, results[index]!);
  }
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, renew(value)]));
}

const isShortNorm = ({ op, inputs: [x] }: Node): boolean => op === 'rmsNormalization' && Number(x!.shape.at(-1)) <= shortRow;

function normalised([x, weight]: readonly [Value, Value], { attributes }: Node): Value {
  const width = Number(x.shape.at(-1));
  const rows = x.shape.slice(0, -1).reduce<number>((product, size) => product * Number(size), 1);
  const xs = reshape(x, [rows, width]);
  const epsilon = 'epsilon' in attributes ? attributes.epsilon : 0; // by the name of the operation
  const inverse = reciprocal(sqrt(add(multiply(reduceSum(multiply(xs, xs), { axes: [1] }), 1 / width), epsilon)));
  return reshape(multiply(multiply(xs, reshape(inverse, [rows, 1])), weight), x.shape);
}
