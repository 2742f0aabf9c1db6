import { concat, gather, gatherElements, input, multiply, multiplyDimensions, reduceMax, reduceSum, reshape, softmax, topK, writeOnnx } from '@palimpsest/graph';
import type { ParameterStorage, Value } from '@palimpsest/graph';
import { buildPass } from '@palimpsest/layers';
import type { ModelDefinition, PassSizes } from '@palimpsest/layers';
import { isOneRow, isTrunk, reductionOf } from './graph-name.js';
import type { GraphName, HeadName, TrunkName } from './graph-name.js';
import { joinProjections } from './join-projections.js';
import { keptGroups } from './kept-groups.js';

type Storage = (parameter: string) => ParameterStorage;
type Outputs = Readonly<Record<string, Value>>;

/** ONNX bytes of a graph. */
export function writeGraph(definition: ModelDefinition, storage: Storage, name: GraphName): Uint8Array {
  const outputs = isTrunk(name) ? trunk(definition, name) : head(definition, name);
  return writeOnnx({ outputs: isOneRow(name) ? joinProjections(outputs) : outputs, storage });
}

const trunkSizes: { readonly [name in TrunkName]: PassSizes } = {
  first: { batch: 'batch', length: 'length' },
  continued: { batch: 'batch', length: 'length', capacity: 'capacity' },
  step: { batch: 1, length: 1, capacity: 'capacity' },
};

/**
 * Inputs are those of `buildPass` and `rows` int64 [rows], indices into batch · length. Outputs: `hidden` [rows, width]; where tokens can
 * be appended, for each of `keptGroups` [batch, heads of all, length, size]; each fixed state under its own name with `new` before it.
 */
function trunk(definition: ModelDefinition, name: TrunkName): Outputs {
  const { hidden, kept } = buildPass(definition, trunkSizes[name]);
  const { batch, length } = trunkSizes[name];
  const flat = reshape(hidden, [multiplyDimensions([batch, length]), definition.width]);
  const outputs: Record<string, Value> = { hidden: name === 'step' ? flat : gather(flat, input('rows', ['rows'], 'int64')) };
  if (definition.visibility.blockSize === Infinity) return outputs; // nothing can be appended
  for (const [group, states] of keptGroups(definition.states)) outputs[group] = concat(states.map((state) => kept.get(state)!), 1);
  for (const state of definition.states) if (state.growth === 'fixed') outputs[`new ${state.name}`] = kept.get(state)!;
  return outputs;
}

/**
 * Input: `hidden` [rows, width]; for targets also `targets` int64 [rows]. What is left to do with the outputs stands in `scores.ts`: a
 * logarithm here would depend on how many rows there are, by a rounding.
 *
 *   logits          [rows, vocabulary]
 *   probability     [rows]         of the largest logit
 *   ids, values     [rows, count]  the largest logits and where they are (top)
 *   expected        [rows]         sum of probability · logit (top)
 *   largest, value  [rows]         the largest logit and the target's (targets)
 */
function head({ width, head: score }: ModelDefinition, name: HeadName): Outputs {
  const rows = isOneRow(name) ? 1 : 'rows';
  const logits = score(input('hidden', [rows, width]));
  const reduction = reductionOf(name);
  if (reduction === 'logits') return { logits };
  const probabilities = softmax(logits);
  const probability = reduceMax(probabilities, { axes: [-1] });
  if (reduction === 'targets') {
    const value = gatherElements(logits, reshape(input('targets', [rows], 'int64'), [rows, 1]), 1);
    return { probability, largest: reduceMax(logits, { axes: [-1] }), value: reshape(value, [rows]) };
  }
  const { values, indices } = topK(logits, Number(reduction.slice('top '.length)));
  return { probability, values, ids: indices, expected: reduceSum(multiply(probabilities, logits), { axes: [-1] }) };
}
