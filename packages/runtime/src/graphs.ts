import {
  concat, gather, gatherElements, input, log, logSumExp, matMul, multiplyDimensions, reduceMax, reshape, softmax, subtract, topK, writeOnnx,
} from '@palimpsest/graph';
import type { ParameterStorage, Value } from '@palimpsest/graph';
import { buildPass } from '@palimpsest/layers';
import type { ModelDefinition } from '@palimpsest/layers';
import { keptGroups } from './kept-groups.js';

/**
 * A model runs as two graphs, so that every way of asking shares one copy of its layers: a *trunk* gives the hidden rows
 * that are wanted and what the tokens leave behind; a *head* scores hidden rows and reduces the scores.
 */
export type TrunkName = 'first' | 'continued';
export type HeadName = 'logits' | 'targets' | `top ${number}`;
export type GraphName = TrunkName | HeadName;

type Storage = (parameter: string) => ParameterStorage;

export const isTrunk = (name: GraphName): name is TrunkName => name === 'first' || name === 'continued';

/** ONNX bytes of a graph; batch, length, rows and capacity are symbolic. */
export const writeGraph = (definition: ModelDefinition, storage: Storage, name: GraphName): Uint8Array =>
  isTrunk(name) ? writeTrunk(definition, storage, name) : writeHead(definition, storage, name);

/**
 * Inputs are those of `buildPass` and `rows` int64 [rows], indices into batch · length. Outputs: `hidden` [rows, width]; for each of
 * `keptGroups` [batch, heads of all, length, size]; each fixed state under its own name with `new` before it.
 */
function writeTrunk(definition: ModelDefinition, storage: Storage, name: TrunkName): Uint8Array {
  const { hidden, kept } = buildPass(definition, { batch: 'batch', length: 'length', ...(name === 'continued' && { capacity: 'capacity' }) });
  const flat = reshape(hidden, [multiplyDimensions(['batch', 'length']), definition.width]);
  const outputs: Record<string, Value> = { hidden: gather(flat, input('rows', ['rows'], 'int64')) };
  for (const [group, states] of keptGroups(definition.states)) outputs[group] = concat(states.map((state) => kept.get(state)!), 1);
  for (const state of definition.states) if (state.growth === 'fixed') outputs[`new ${state.name}`] = kept.get(state)!;
  return writeOnnx({ outputs, storage });
}

/** Input: `hidden` [rows, width]; for targets also `targets` int64 [rows]. Outputs are named as in the backbone's `Scores`. */
function writeHead({ width, vocabularySize, head }: ModelDefinition, storage: Storage, name: HeadName): Uint8Array {
  const logits = head(input('hidden', ['rows', width]));
  if (name === 'logits') return writeOnnx({ outputs: { logits }, storage });
  if (name === 'targets') return writeOnnx({ outputs: { logProbabilities: logProbabilitiesOf(logits) }, storage });
  return writeOnnx({ outputs: topScores(logits, vocabularySize, Number(name.slice(4))), storage });
}

function logProbabilitiesOf(logits: Value): Value {
  const targets = reshape(input('targets', ['rows'], 'int64'), ['rows', 1]);
  return subtract(reshape(gatherElements(logits, targets, 1), ['rows']), logSumExp(logits));
}

/**
 * With p the largest probability: logSumExp = largest logit − ln p, entropy = logSumExp − Σ probability · logit. So softmax, which is
 * one fused pass, is the only thing of the logits' size that is written; the sum is a product of matrices.
 */
function topScores(logits: Value, vocabularySize: number, count: number): Record<string, Value> {
  const { values, indices } = topK(logits, count);
  const probabilities = softmax(logits);
  const normaliser = subtract(reduceMax(logits, { axes: [-1], keepDimensions: true }), log(reduceMax(probabilities, { axes: [-1], keepDimensions: true }))); // [rows, 1]
  const expected = matMul(reshape(probabilities, ['rows', 1, vocabularySize]), reshape(logits, ['rows', vocabularySize, 1]));
  return {
    ids: indices,
    logProbabilities: subtract(values, normaliser),
    logSumExp: reshape(normaliser, ['rows']),
    entropy: subtract(reshape(normaliser, ['rows']), reshape(expected, ['rows'])),
  };
}
