import { concat, gatherElements, input, logSoftmax, multiply, reduceMax, reduceSum, reshape, softmax, topK, writeOnnx } from '@palimpsest/graph';
import type { ParameterStorage, Value } from '@palimpsest/graph';
import { buildFold, buildPass } from '@palimpsest/layers';
import type { ModelDefinition, Pass, PassSizes, StateDeclaration } from '@palimpsest/layers';
import type { BlockProducts } from './block-products.js';
import { isHead, isLook, isStep, reductionOf, trunkOf } from './graph-name.js';
import type { GraphName, LookName, Reduction, TrunkName } from './graph-name.js';
import { drawnTokens, drawWeights, rowSums } from './draw.js';
import { joinProducts } from './joined-products.js';
import { joinSums } from './joined-sums.js';
import { keptGroups } from './kept-groups.js';
import { recentRows } from './recent-rows.js';
import { copySharedMatrices } from './shared-matrices.js';
import { wantedRows } from './wanted-rows.js';

type Storage = (parameter: string) => ParameterStorage;
type Outputs = Readonly<Record<string, Value>>;

/** ONNX bytes of a graph, with products by blocks where these are given. */
export async function writeGraph(definition: ModelDefinition, storage: Storage, name: GraphName, blocks?: BlockProducts): Promise<Uint8Array> {
  if (blocks !== undefined) return writeOnnx({ outputs: await blocks.renew(outputsOf(definition, name)), storage: blocks.storage });
  if (isStep(name)) return writeOnnx({ outputs: joinProducts(copySharedMatrices(outputsOf(definition, name))), storage });
  if (isLook(name)) return writeOnnx({ outputs: joinSums(copySharedMatrices(outputsOf(definition, name))), storage });
  if (name === 'first' || name === 'continued') return writeOnnx({ outputs: joinSums(outputsOf(definition, name)), storage });
  return writeOnnx({ outputs: outputsOf(definition, name), storage });
}

function outputsOf(definition: ModelDefinition, name: GraphName): Outputs {
  if (name === 'fold') return newStates(buildFold(definition, { batch: 1, recent: recentRows }));
  if (isStep(name)) return step(definition, reductionOf(name));
  if (isLook(name)) return look(definition, name);
  return isHead(name) ? head(definition, reductionOf(name)) : trunk(definition, name);
}

const trunkSizes: { readonly [name in TrunkName]: PassSizes } = {
  first: { batch: 'batch', length: 'length', movable: true },
  continued: { batch: 'batch', length: 'length', capacity: 'capacity', movable: true },
  singles: { batch: 'batch', length: 1, capacity: 'capacity', recent: recentRows, movable: true },
};

/** Inputs are those of `buildPass` and `rows` int64 [rows], indices into batch · length. Outputs: `hidden` [rows, width], and what is kept. */
function trunk(definition: ModelDefinition, name: TrunkName): Outputs {
  const pass = buildPass(definition, trunkSizes[name]);
  const kept = keptOutputs(definition, pass);
  return { hidden: wantedRows(pass.hidden, input('rows', ['rows'], 'int64'), Object.values(kept)), ...kept };
}

/** Inputs are those of a trunk and of the reduction. Outputs: those of the reduction. */
function look(definition: ModelDefinition, name: LookName): Outputs {
  const { hidden } = buildPass(definition, trunkSizes[trunkOf(name)]);
  return reduce(definition.head(wantedRows(hidden, input('rows', ['rows'], 'int64'), [])), reductionOf(name));
}

/** Inputs are those of `buildPass` and of the reduction. Outputs: those of the reduction, and what is kept. */
function step(definition: ModelDefinition, reduction: Reduction): Outputs {
  const pass = buildPass(definition, { batch: 1, length: 1, capacity: 'capacity', recent: recentRows, movable: true });
  return { ...reduce(definition.head(reshape(pass.hidden, [1, definition.width])), reduction), ...keptOutputs(definition, pass) };
}

/**
 * Where tokens can be appended: for each of `keptGroups` [batch, heads of all, length, size]; each fixed state under its own name with `new`
 * before it. A pass keeps recent rows, or the states into which they fold.
 */
function keptOutputs({ states, visibility }: ModelDefinition, { kept }: Pass): Outputs {
  if (visibility.blockSize === Infinity) return {};
  const grouped = Array.from(keptGroups(states.filter((state) => kept.has(state))), ([group, members]) => [group, concat(members.map((state) => kept.get(state)!), 1)] as const);
  return { ...Object.fromEntries(grouped), ...newStates(kept) };
}

const newStates = (values: ReadonlyMap<StateDeclaration, Value>): Outputs =>
  Object.fromEntries([...values].flatMap(([{ name, growth }, value]) => (growth === 'fixed' ? [[`new ${name}`, value]] : [])));

/** Inputs: `hidden` [rows, width], and those of the reduction. */
const head = (definition: ModelDefinition, reduction: Reduction): Outputs => reduce(definition.head(input('hidden', ['rows', definition.width])), reduction);

/**
 * What leaves the graph in place of logits [rows, vocabulary]. What is left to do with it stands in `scores.ts`: a logarithm here would
 * depend on how many rows there are, by a rounding, and so would an exponential; a softmax and its logarithm do not. The reduction
 * `targets` has an input of that name, int64 [rows]; `draw` those of `drawnTokens`, `nucleus` those of `drawWeights`.
 *
 *   logits          [rows, vocabulary]
 *   probability     [rows]         of the largest logit
 *   ids, values     [rows, count]  the largest logits and where they are (top)
 *   expected        [rows]         sum of probability · logit (top)
 *   largest, value  [rows]         the largest logit and the target's (targets)
 *   ids, drawn      [rows, 1]      the tokens drawn and their log-probabilities, without temperature or bans (draw)
 *   weights         [rows, vocabulary]  what tokens are drawn by (nucleus)
 *   logs            [rows, vocabulary]  log-probabilities, without temperature or bans (nucleus)
 *   expectation     [rows, 1]      sum of probability · log-probability (draw, nucleus)
 *   leaders         [rows, 2]      the two largest probabilities (draw, nucleus)
 */
function reduce(logits: Value, reduction: Reduction): Outputs {
  if (reduction === 'logits') return { logits };
  const rows = logits.shape[0]!;
  const probabilities = softmax(logits);
  if (reduction === 'draw' || reduction === 'nucleus') {
    const logs = logSoftmax(logits);
    const ofRow = { expectation: rowSums(multiply(probabilities, logs)), leaders: topK(probabilities, 2).values };
    if (reduction === 'nucleus') return { weights: drawWeights(logits), logs, ...ofRow };
    const ids = drawnTokens(logits);
    return { ids, drawn: gatherElements(logs, ids, 1), ...ofRow };
  }
  const probability = reduceMax(probabilities, { axes: [-1] });
  if (reduction === 'targets') {
    const value = gatherElements(logits, reshape(input('targets', [rows], 'int64'), [rows, 1]), 1);
    return { probability, largest: reduceMax(logits, { axes: [-1] }), value: reshape(value, [rows]) };
  }
  const { values, indices } = topK(logits, Number(reduction.slice('top '.length)));
  return { probability, values, ids: indices, expected: reduceSum(multiply(probabilities, logits), { axes: [-1] }) };
}
