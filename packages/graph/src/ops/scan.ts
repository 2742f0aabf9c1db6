import { add, broadcastTo } from '../expressions.js';
import { applyAll, input, scalar } from '../build.js';
import { GraphError } from '../error.js';
import { pullBack } from '../gradients.js';
import { evaluate } from '../interpreter/evaluate.js';
import type { Feeds } from '../interpreter/evaluate.js';
import { emptyReference } from '../interpreter/reference.js';
import type { Reference } from '../interpreter/reference.js';
import { concreteShape, sameShape, showShape } from '../shape.js';
import type { Shape } from '../shape.js';
import { leavesOf } from '../traverse.js';
import type { Node, TensorType, Value } from '../value.js';
import type { ScanBody } from './attributes.js';
import type { OpTable } from './definition.js';

/** The inputs of a scan, or anything that there is one of to each, by what they are to the body. */
function parted<T>({ carried, slices }: ScanBody, all: readonly T[]): { readonly carried: readonly T[]; readonly sequences: readonly T[]; readonly shared: readonly T[] } {
  const end = carried.length + slices.length;
  return { carried: all.slice(0, carried.length), sequences: all.slice(carried.length, end), shared: all.slice(end) };
}

const show = ({ type, shape }: TensorType): string => `${type} ${showShape(shape)}`;
const same = (left: TensorType, right: TensorType): boolean => left.type === right.type && sameShape(left.shape, right.shape);
const nameOf = ({ origin }: Value): string => ('name' in origin ? origin.name : '');

/** @throws GraphError where the inputs are not those that the body reads, or the body is not closed. */
function expectTurns(inputs: readonly TensorType[], body: ScanBody): Shape[number] {
  const { carried, sequences, shared } = parted(body, inputs);
  const fits = (name: string, own: readonly TensorType[], given: readonly TensorType[]): void => {
    if (own.length === given.length && own.every((value, i) => same(value, given[i]!))) return;
    throw new GraphError({ where: 'scan', expected: `${name} ${own.map(show).join(', ')}`, got: given.map(show).join(', ') || 'nothing' });
  };
  const turns = sequences[0]?.shape[0];
  if (turns === undefined || sequences.some(({ shape }) => shape[0] !== turns)) {
    throw new GraphError({ where: 'scan', expected: 'sequences of equally many turns', got: sequences.map(({ shape }) => showShape(shape)).join(', ') || 'none' });
  }
  fits('carried', body.carried, carried);
  fits('slices', body.slices, sequences.map(({ shape, type }) => ({ shape: shape.slice(1), type })));
  fits('shared', body.shared, shared);
  fits('to be carried on', body.carried, body.next);
  const own = new Set([...body.carried, ...body.slices, ...body.shared]);
  const stranger = leavesOf([...body.next, ...body.results]).find((leaf) => leaf.origin.kind !== 'constant' && !own.has(leaf));
  if (stranger !== undefined) {
    throw new GraphError({ where: 'scan', expected: 'a turn that reads what it is given', got: `${nameOf(stranger)}, ${show(stranger)}`, hint: 'Hand it over as shared.' });
  }
  const wrong = body.carried.find(({ type }) => type !== 'float32');
  if (wrong !== undefined) throw new GraphError({ where: 'scan', expected: 'float32 to be carried', got: wrong.type });
  return turns;
}

/** Outputs: what is carried in the end, the results of all turns, and what was carried into each: [turns, ..]. */
function outputTypes(body: ScanBody, turns: Shape[number]): readonly TensorType[] {
  const stacked = ({ shape, type }: TensorType): TensorType => ({ shape: [turns, ...shape], type });
  return [...body.carried.map(({ shape, type }) => ({ shape, type })), ...body.results.map(stacked), ...body.carried.map(stacked)];
}

function evaluateTurns(inputs: readonly Reference[], { body, backwards }: { readonly body: ScanBody; readonly backwards: boolean }, shapes: readonly (readonly number[])[]): readonly Reference[] {
  const given = parted(body, inputs);
  const stacks = shapes.slice(body.carried.length).map(emptyReference);
  const feedsOf = (values: readonly Value[], numbers: readonly Reference[]): Feeds => Object.fromEntries(values.map((value, i) => [nameOf(value), numbers[i]!]));
  const turns = given.sequences[0]!.shape[0]!;
  const axes = [[body.carried, given.carried, 0], [body.slices, given.sequences, 1], [body.shared, given.shared, 0]] as const;
  const sizes = new Map(axes.flatMap(([values, numbers, first]) => values.flatMap(({ shape }, i) => shape.map((dimension, axis) => [`${dimension}`, numbers[i]!.shape[axis + first]!] as const))));
  let carried = given.carried;
  for (let step = 0; step < turns; step++) {
    const turn = backwards ? turns - 1 - step : step;
    const slices = given.sequences.map(({ shape: [, ...shape], data }) => ({ shape, data: data.subarray(turn * (data.length / turns), (turn + 1) * (data.length / turns)) }));
    const feeds = { ...feedsOf(body.carried, carried), ...feedsOf(body.slices, slices), ...feedsOf(body.shared, given.shared) };
    const values = evaluate([...body.next, ...body.results, ...body.carried], feeds, sizes);
    stacks.forEach(({ data }, i) => { data.set(values[body.next.length + i]!.data, turn * (data.length / turns)); });
    carried = values.slice(0, body.next.length);
  }
  return [...carried, ...stacks];
}

const zerosLike = (value: Value): Value => broadcastTo(scalar(0), concreteShape('scan gradient', value.shape));
const isFloat = ({ type }: TensorType): boolean => type === 'float32';

/**
 * With D the gradient of what is carried, a scan the other way whose turn computes the turn anew and pulls (D, the results' gradients) back:
 *
 *   D before the turn, gradient of the slice = pullBack(turn, D after the turn, gradients of its results)
 *
 * Gradients of what is shared are summed on the way.
 */
function scanGradient({ inputs, outputs, attributes: { body, backwards } }: Node<'scan'>, given: readonly (Value | undefined)[]): readonly (Value | undefined)[] {
  const prefix = 'd'.repeat(1 + Math.max(0, ...[...body.carried, ...body.slices, ...body.shared].map((value) => /^d*/.exec(nameOf(value))![0].length)));
  const named = (kind: string, values: readonly Value[], first = 0): readonly Value[] => values.map(({ shape }, i) => input(`${prefix}${kind} ${i}`, shape.slice(first)));
  const from = parted(body, inputs);
  const counted = body.carried.length;
  const starts = outputs.slice(counted + body.results.length);
  /** Gradients of stacked outputs that there are, each with the index of the output. */
  const stacked = given.flatMap((gradient, i) => (i >= counted && gradient !== undefined ? [{ gradient, index: i - counted }] : []));
  const sharedAt = body.shared.flatMap((value, i) => (isFloat(value) && from.shared[i]!.origin.kind !== 'constant' ? [i] : []));
  const sources = { slices: body.slices.filter(isFloat), shared: sharedAt.map((i) => body.shared[i]!) };

  const own = { carried: named('carried', body.carried), sums: named('sum', sources.shared), stacked: named('result', stacked.map(({ gradient }) => gradient), 1) };
  const seedOf = (index: number): Value | undefined => own.stacked[stacked.findIndex((each) => each.index === index)];
  const pulled = pullBack([...body.next, ...body.results], [...own.carried, ...body.results.map((_, i) => seedOf(i))], [...body.carried, ...sources.slices, ...sources.shared]);
  const before = pulled.slice(0, counted).map((gradient, i) => {
    const seed = seedOf(body.results.length + i);
    return seed === undefined ? gradient : add(gradient, seed);
  });
  const sums = pulled.slice(counted + sources.slices.length).map((gradient, i) => add(own.sums[i]!, gradient));
  const gradientBody: ScanBody = {
    carried: [...own.carried, ...own.sums], slices: [...body.carried, ...body.slices, ...own.stacked], shared: body.shared,
    next: [...before, ...sums], results: pulled.slice(counted, counted + sources.slices.length),
  };
  const atLast = body.carried.map((value, i) => given[i] ?? zerosLike(value));
  const gradients = applyAll('scan', [
    ...atLast, ...sources.shared.map(zerosLike), ...starts, ...from.sequences, ...stacked.map(({ gradient }) => gradient), ...from.shared,
  ], { body: gradientBody, backwards: !backwards });
  const ofSlices = gradients.slice(gradientBody.carried.length)[Symbol.iterator]();
  return [
    ...gradients.slice(0, counted),
    ...body.slices.map((slice) => (isFloat(slice) ? ofSlices.next().value : undefined)),
    ...body.shared.map((_, i) => (sharedAt.includes(i) ? gradients[counted + sharedAt.indexOf(i)] : undefined)),
  ];
}

export const scanOps: Pick<OpTable, 'scan'> = {
  scan: {
    onnx: ({ body, backwards }) => ({
      type: 'Scan', attributes: { num_scan_inputs: { int: body.slices.length } }, turn: { body, backwards },
      operands: [...body.carried, ...body.slices].map((_, i) => i),
    }),
    infer: (inputs, { body }) => outputTypes(body, expectTurns(inputs, body)),
    evaluate: evaluateTurns,
    gradient: scanGradient,
  },
};
