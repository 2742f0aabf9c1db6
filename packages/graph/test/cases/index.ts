import { evaluate, input } from '../../src/index.js';
import type { Feeds, OpName, Reference, Value } from '../../src/index.js';
import { ops } from '../../src/ops/index.js';
import { attentionCases } from './attention.js';
import { blockMatMulCases } from './block-mat-mul.js';
import type { Case } from './case.js';
import { contractionCases } from './contraction.js';
import { elementwiseCases } from './elementwise.js';
import { indexingCases } from './indexing.js';
import { movementCases } from './movement.js';
import { normalizationCases } from './normalization.js';
import { recurrenceCases } from './recurrence.js';
import { reductionCases } from './reduction.js';
import { scanCases } from './scan.js';

/** Exhaustive by type: an operation without cases does not compile. */
const table: { readonly [K in OpName]: readonly Case[] } = {
  ...elementwiseCases, ...contractionCases, ...blockMatMulCases, ...reductionCases, ...movementCases, ...indexingCases, ...normalizationCases, ...attentionCases,
  ...recurrenceCases, ...scanCases,
};

export interface BuiltCase extends Case {
  readonly op: OpName;
  readonly title: string;
  readonly values: readonly Value[];
  readonly outputs: readonly Value[];
  readonly feeds: Feeds;
}

function build(op: OpName, entry: Case): BuiltCase {
  const values = entry.inputs.map(({ shape, type }, i) => input(`x${i}`, shape, type));
  const feeds = Object.fromEntries(entry.inputs.map(({ shape, data }, i) => [`x${i}`, { shape, data }]));
  return { ...entry, op, title: `${op}: ${entry.name}`, values, outputs: [entry.build(values)].flat(), feeds };
}

export const opNames: readonly OpName[] = Object.keys(table) as readonly OpName[];
export const cases: readonly BuiltCase[] = opNames.flatMap((op) => table[op].map((entry) => build(op, entry)));
export const evaluateCase = ({ outputs, feeds }: BuiltCase): readonly Reference[] => evaluate(outputs, feeds);

/** Names of the inputs to differentiate. */
export const sourcesOf = ({ inputs, sources, order }: BuiltCase): readonly string[] =>
  order === 0 ? [] : (sources ?? inputs.flatMap(({ type }, i) => (type === 'float32' ? [i] : []))).map((i) => `x${i}`);
export const firstFloat = (outputs: readonly Value[]): Value | undefined => outputs.find(({ type }) => type === 'float32');
export const differentiableCases: readonly BuiltCase[] = cases.filter((entry) =>
  typeof ops[entry.op].gradient === 'function' && sourcesOf(entry).length > 0 && firstFloat(entry.outputs) !== undefined);
