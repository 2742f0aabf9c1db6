import { concat, gather, gatherElements, input, logSoftmax, multiply, multiplyDimensions, reduceMax, reduceSum, reshape, softmax, topK, writeOnnx } from '@palimpsest/graph';
import type { ParameterStorage, Value } from '@palimpsest/graph';
import { buildPass } from '@palimpsest/layers';
import type { ModelDefinition, Pass, PassSizes } from '@palimpsest/layers';
import { isHead, isStep, reductionOf } from './graph-name.js';
import type { GraphName, Reduction, TrunkName } from './graph-name.js';
import { drawnTokens, rowSums } from './draw.js';
import { joinProducts } from './joined-products.js';
import { keptGroups } from './kept-groups.js';
import { copySharedMatrices } from './shared-matrices.js';

type Storage = (parameter: string) => ParameterStorage;
type Outputs = Readonly<Record<string, Value>>;

/** ONNX bytes of a graph. */
export function writeGraph(definition: ModelDefinition, storage: Storage, name: GraphName): Uint8Array {
  if (isStep(name)) return writeOnnx({ outputs: joinProducts(copySharedMatrices(step(definition, reductionOf(name)))), storage });
  return writeOnnx({ outputs: isHead(name) ? head(definition, reductionOf(name)) : trunk(definition, name), storage });
}

const trunkSizes: { readonly [name in TrunkName]: PassSizes } = {
  first: { batch: 'batch', length: 'length', movable: true },
  continued: { batch: 'batch', length: 'length', capacity: 'capacity', movable: true },
  singles: { batch: 'batch', length: 1, capacity: 'capacity', movable: true },
};

/** Inputs are those of `buildPass` and `rows` int64 [rows], indices into batch · length. Outputs: `hidden` [rows, width], and what is kept. */
function trunk(definition: ModelDefinition, name: TrunkName): Outputs {
  const pass = buildPass(definition, trunkSizes[name]);
  const flat = reshape(pass.hidden, [multiplyDimensions(pass.tokens.shape), definition.width]);
  return { hidden: gather(flat, input('rows', ['rows'], 'int64')), ...keptOutputs(definition, pass) };
}

/** Inputs are those of `buildPass` and of the reduction. Outputs: those of the reduction, and what is kept. */
function step(definition: ModelDefinition, reduction: Reduction): Outputs {
  const pass = buildPass(definition, { batch: 1, length: 1, capacity: 'capacity', movable: true });
  return { ...reduce(definition.head(reshape(pass.hidden, [1, definition.width])), reduction), ...keptOutputs(definition, pass) };
}

/** Where tokens can be appended: for each of `keptGroups` [batch, heads of all, length, size]; each fixed state under its own name with `new` before it. */
function keptOutputs({ states, visibility }: ModelDefinition, { kept }: Pass): Outputs {
  if (visibility.blockSize === Infinity) return {};
  const grouped = Array.from(keptGroups(states), ([group, members]) => [group, concat(members.map((state) => kept.get(state)!), 1)] as const);
  const fixed = states.filter(({ growth }) => growth === 'fixed').map((state) => [`new ${state.name}`, kept.get(state)!] as const);
  return Object.fromEntries([...grouped, ...fixed]);
}

/** Inputs: `hidden` [rows, width], and those of the reduction. */
const head = (definition: ModelDefinition, reduction: Reduction): Outputs => reduce(definition.head(input('hidden', ['rows', definition.width])), reduction);

/**
 * What leaves the graph in place of logits [rows, vocabulary]. What is left to do with it stands in `scores.ts`: a logarithm here would
 * depend on how many rows there are, by a rounding, and so would an exponential; a softmax and its logarithm do not. The reduction
 * `targets` has an input of that name, int64 [rows]; `draw` those of `drawnTokens`.
 *
 *   logits          [rows, vocabulary]
 *   probability     [rows]         of the largest logit
 *   ids, values     [rows, count]  the largest logits and where they are (top)
 *   expected        [rows]         sum of probability · logit (top)
 *   largest, value  [rows]         the largest logit and the target's (targets)
 *   ids, drawn      [rows, 1]      the tokens drawn and their log-probabilities, without temperature or bans (draw)
 *   expectation     [rows, 1]      sum of probability · log-probability (draw)
 */
function reduce(logits: Value, reduction: Reduction): Outputs {
  if (reduction === 'logits') return { logits };
  const rows = logits.shape[0]!;
  if (reduction === 'draw') {
    const ids = drawnTokens(logits);
    const logProbabilities = logSoftmax(logits);
    return { ids, drawn: gatherElements(logProbabilities, ids, 1), expectation: rowSums(multiply(softmax(logits), logProbabilities)) };
  }
  const probabilities = softmax(logits);
  const probability = reduceMax(probabilities, { axes: [-1] });
  if (reduction === 'targets') {
    const value = gatherElements(logits, reshape(input('targets', [rows], 'int64'), [rows, 1]), 1);
    return { probability, largest: reduceMax(logits, { axes: [-1] }), value: reshape(value, [rows]) };
  }
  const { values, indices } = topK(logits, Number(reduction.slice('top '.length)));
  return { probability, values, ids: indices, expected: reduceSum(multiply(probabilities, logits), { axes: [-1] }) };
}
