import { applyAll, input } from './build.js';
import { GraphError } from './error.js';
import type { ScanBody } from './ops/attributes.js';
import { showShape } from './shape.js';
import type { Value } from './value.js';

/** What one turn of a scan has to work with. */
export interface Turn {
  readonly carried: readonly Value[];
  readonly slices: readonly Value[];
  readonly shared: readonly Value[];
}

export interface ScanOperands {
  /** What the first turn is given. */
  readonly carried: readonly Value[];
  /** One slice along the first axis to a turn, [turns, ..]; at least one. */
  readonly sequences: readonly Value[];
  /** What every turn reads; a turn must not reach for other values than its own. */
  readonly shared?: readonly Value[];
  readonly turn: (now: Turn) => { readonly carried: readonly Value[]; readonly results: readonly Value[] };
}

export interface Scanned {
  /** What the last turn carries on. */
  readonly carried: readonly Value[];
  /** Of all turns, [turns, ..]. */
  readonly results: readonly Value[];
  /** What was carried into each turn, [turns, ..]. */
  readonly starts: readonly Value[];
}

/**
 * Turn after turn over slices of sequences.
 * Its gradient is a scan from the last turn to the first, which computes each turn again from what was carried into it: no more than that,
 * the slices and the results is kept.
 * @throws GraphError where a turn carries on what it was not given, or reads what is not its own.
 */
export function scan({ carried, sequences, shared = [], turn }: ScanOperands): Scanned {
  const named = (kind: string, values: readonly Value[], first: number): readonly Value[] =>
    values.map(({ shape, type }, i) => input(`${kind} ${i}`, shape.slice(first), type));
  const [first] = sequences;
  if (first === undefined || sequences.some(({ shape }) => shape.length === 0)) {
    throw new GraphError({ where: 'scan', expected: 'sequences with an axis of turns', got: sequences.map(({ shape }) => showShape(shape)).join(', ') || 'none' });
  }
  const own = { carried: named('carried', carried, 0), slices: named('slice', sequences, 1), shared: named('shared', shared, 0) };
  const { carried: next, results } = turn(own);
  const body: ScanBody = { ...own, next, results };
  const outputs = applyAll('scan', [...carried, ...sequences, ...shared], { body, backwards: false });
  const end = carried.length + results.length;
  return { carried: outputs.slice(0, carried.length), results: outputs.slice(carried.length, end), starts: outputs.slice(end) };
}
