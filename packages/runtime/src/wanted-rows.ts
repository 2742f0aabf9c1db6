import { applyAll, gather, multiplyDimensions, nodesInOrder, reshape } from '@palimpsest/graph';
import type { Node, OpName, Value } from '@palimpsest/graph';

/** What gives each entry from the entries at its place. */
const entryByEntry: ReadonlySet<OpName> = new Set(['add', 'subtract', 'multiply', 'divide', 'silu', 'sigmoid', 'tanh', 'erf', 'exp', 'softplus', 'negate', 'sqrt']);
const normalizations: ReadonlySet<OpName> = new Set(['rmsNormalization', 'layerNormalization']);

/**
 * The rows at `rows` int64 [rows] of `hidden` [batch, length, width], counted over batch and length, as [rows, width]: they are picked as early as every
 * operation behind treats each row alike, so that the last layers multiply no row that nobody asked for. What `others` or a mixing of rows reads
 * whole is computed whole, and once. The twin picks them last: gather(reshape(hidden, [batch · length, width]), rows).
 */
export function wantedRows(hidden: Value, rows: Value, others: readonly Value[]): Value {
  const [batch, length] = hidden.shape;
  const holdsRows = ({ shape }: Value): boolean => shape.length === 3 && shape[0] === batch && shape[1] === length;
  const treatsRowsAlike = ({ op, inputs, attributes }: Node): boolean => {
    const [first, ...rest] = inputs as readonly [Value, ...Value[]];
    if (entryByEntry.has(op)) return inputs.every((input) => holdsRows(input) || input.shape.length < 2);
    const fixed = rest.every(({ shape }) => typeof shape[0] === 'number' && shape.length < 3);
    return holdsRows(first) && fixed && (normalizations.has(op) || ('transposeLeft' in attributes && !attributes.transposeLeft));
  };

  const nodes = nodesInOrder([hidden, ...others]);
  const whole = new Set(others);
  const byRow: Node[] = [];
  for (const node of [...nodes].reverse()) {
    if (treatsRowsAlike(node) && !whole.has(node.outputs[0]!)) byRow.unshift(node);
    else for (const input of node.inputs) whole.add(input);
  }
  const picked = new Map<Value, Value>();
  const pick = (value: Value): Value => picked.get(value) ?? gather(reshape(value, [multiplyDimensions([batch!, length!]), value.shape[2]!]), rows);
  for (const node of byRow) {
    for (const input of node.inputs) if (holdsRows(input) && !picked.has(input)) picked.set(input, pick(input));
    const [result] = applyAll(node.op, node.inputs.map((input) => picked.get(input) ?? input), node.attributes);
    picked.set(node.outputs[0]!, result!);
  }
  return pick(hidden);
}
