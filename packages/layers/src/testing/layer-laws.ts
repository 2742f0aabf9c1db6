import { bidirectional } from '@palimpsest/backbone';
import type { Visibility } from '@palimpsest/backbone';
import { GraphError, evaluate, input, reference } from '@palimpsest/graph';
import type { Dimension, Feeds, Reference, Value } from '@palimpsest/graph';
import { checkGradient, randomReference, relativeDifference } from '@palimpsest/graph/testing';
import type { Layer, Scope, StateDeclaration } from '../layer.js';
import type { Rows, Weights } from '../linear/linear.naive.js';
import { sharedValues } from '../pass.js';
import { openScope } from '../scope.js';

/** A layer and what it should compute: `naive` maps the rows of one sequence that starts at position 0. */
export interface LayerUnderTest {
  readonly create: (scope: Scope) => Layer;
  readonly naive: (x: Rows, weights: Weights) => Rows;
  readonly width: number;
  readonly visibility?: Visibility;
}

interface Built {
  readonly output: Value;
  readonly states: readonly StateDeclaration[];
  readonly kept: ReadonlyMap<StateDeclaration, Value>;
  readonly weights: Feeds;
}

interface Sizes {
  readonly batch: Dimension;
  readonly length: Dimension;
  /** Rows of the per-token states, where tokens follow a prefix. */
  readonly capacity?: number;
  /** Rows of the recent states, where a single token is to leave such a row. */
  readonly recent?: number;
  /** How many tokens of each row are real, where not all are. */
  readonly real?: readonly number[];
}

const maximumLength = 40;

const stateShape = <Batch extends Dimension>({ shape, growth }: StateDeclaration, batch: Batch, rows: number): readonly (Batch | number)[] =>
  growth === 'fixed' ? [batch, ...shape] : [batch, shape[0]!, rows, shape[1]!];

/** States as inputs; `capacity` rows to the per-token ones, `recent` to the recent. */
const readInputs = (batch: Dimension, capacity: number, recent = 0) => (state: StateDeclaration): Value =>
  input(state.name, stateShape(state, batch, state.growth === 'recent' ? recent : capacity));

/** The layer over `x` [batch, length, width]. */
function build({ create, width, visibility = bidirectional }: LayerUnderTest, seed: number, { batch, length, capacity, recent, real }: Sizes): Built {
  const { scope, declarations } = openScope();
  const layer = create(scope);
  const kept = new Map<StateDeclaration, Value>();
  const output = layer(input('x', [batch, length, width]), {
    batch, length, visibility, maximumLength, shared: sharedValues(),
    positions: input('positions', [batch, length], 'int64'),
    keep: (declaration, value) => { kept.set(declaration, value); },
    ...(real !== undefined && { realLengths: input('real', [batch], 'int64') }),
    ...(capacity !== undefined && {
      prefix: {
        lengths: input('prefix.lengths', [batch], 'int64'), positions: input('prefix.positions', [capacity], 'int64'),
        read: readInputs(batch, capacity, recent), ...(recent !== undefined && { recent }),
      },
    }),
  });
  const weights = Object.fromEntries(declarations.parameters.map(({ name, shape }, index) => [name, randomReference(shape, 100 * seed + index)]));
  return { output, kept, weights, states: declarations.states };
}

const sequence = ({ shape: [, length, width], data }: Reference, row: number): Rows =>
  Array.from({ length: length! }, (_, t) => [...data.subarray((row * length! + t) * width!, (row * length! + t + 1) * width!)]);

const positionsFrom = (starts: readonly number[], length: number): Reference =>
  reference([starts.length, length], starts.flatMap((start) => Array.from({ length }, (_, i) => start + i)));

function expectClose(where: string, actual: Reference, expected: Reference): void {
  const difference = relativeDifference(actual, expected);
  if (!(difference < 1e-12)) throw new GraphError({ where, expected: 'a relative difference below 1e-12', got: `${difference}` });
}

interface Sized {
  readonly seed: number;
  readonly batch: number;
  readonly length: number;
  /** Whether batch and length are names in the graph, as where a model only runs, and numbers when it is fed. */
  readonly named?: boolean;
}

/**
 * The float64 interpreter agrees with the naive twin, sequence by sequence.
 * @throws GraphError where it does not.
 */
export function expectNaive(layer: LayerUnderTest, { seed, batch, length, named = false }: Sized): void {
  const { output, weights } = build(layer, seed, named ? { batch: 'batch', length: 'length' } : { batch, length });
  const x = randomReference([batch, length, layer.width], seed);
  const [actual] = evaluate([output], { ...weights, x, positions: positionsFrom(Array<number>(batch).fill(0), length) });
  const expected = Array.from({ length: batch }, (_, row) => layer.naive(sequence(x, row), weights));
  expectClose('expectNaive', actual!, reference(actual!.shape, expected.flat(2)));
}

/** What a sequence's first `cut` tokens leave behind, by state. */
function statesAfter(layer: LayerUnderTest, seed: number, whole: Reference, cut: number): ReadonlyMap<string, Reference> {
  const { output: _, kept, weights } = build(layer, seed, { batch: 1, length: cut });
  const x = reference([1, cut, layer.width], whole.data.subarray(0, cut * layer.width));
  const values = evaluate([...kept.values()], { ...weights, x, positions: positionsFrom([0], cut) });
  return new Map([...kept.keys()].map(({ name }, index) => [name, values[index]!]));
}

/** The states of several sequences side by side; rows beyond a sequence's cut hold anything, fixed states of empty ones zeros. */
function statesBeside(declared: readonly StateDeclaration[], each: readonly ReadonlyMap<string, Reference>[], cuts: readonly number[], capacity: number): Record<string, Reference> {
  return Object.fromEntries(declared.map((declaration) => {
    const { name, growth, shape: [heads, size] } = declaration;
    const shape = stateShape(declaration, cuts.length, capacity);
    const state = growth === 'fixed' ? reference(shape, new Float64Array(shape.reduce((count, axis) => count * axis, 1))) : randomReference(shape, 7, { from: -9, to: 9 });
    for (const [row, cut] of cuts.entries()) {
      const own = each[row]!.get(name)?.data;
      if (own === undefined) continue;
      if (growth === 'fixed') state.data.set(own, row * own.length);
      else for (let head = 0; head < heads!; head++) state.data.set(own.subarray(head * cut * size!, (head + 1) * cut * size!), (row * heads! + head) * capacity * size!);
    }
    return [name, state];
  }));
}

/**
 * Sequences cut at different places and continued together agree with the naive twin of the whole.
 * @throws GraphError where they do not.
 */
export function expectNaiveAfterPrefix(layer: LayerUnderTest, { seed, cuts, length }: { readonly seed: number; readonly cuts: readonly number[]; readonly length: number }): void {
  const capacity = Math.max(...cuts) + 3;
  const batch = cuts.length;
  const whole = cuts.map((cut, row) => randomReference([1, cut + length, layer.width], 10 * seed + row));
  const rest = build(layer, seed, { batch, length, capacity });
  const each = cuts.map((cut, row) => (cut === 0 ? new Map<string, Reference>() : statesAfter(layer, seed, whole[row]!, cut)));
  const tail = whole.flatMap(({ data }, row) => [...data.subarray(cuts[row]! * layer.width)]);
  const [actual] = evaluate([rest.output], {
    ...rest.weights, ...statesBeside([...rest.kept.keys()], each, cuts, capacity), x: reference([batch, length, layer.width], tail), positions: positionsFrom(cuts, length),
    'prefix.lengths': reference([batch], cuts), 'prefix.positions': reference([capacity], Array.from({ length: capacity }, (_, i) => i)),
  });
  const expected = whole.map((x, row) => layer.naive(sequence(x, 0), rest.weights).slice(cuts[row]));
  expectClose('expectNaiveAfterPrefix', actual!, reference(actual!.shape, expected.flat(2)));
}

/** What an evaluated graph gives, by the states it is of. */
const evaluated = (kept: ReadonlyMap<StateDeclaration, Value>, feeds: Feeds): readonly (readonly [StateDeclaration, Reference])[] => {
  const values = evaluate([...kept.values()], feeds);
  return [...kept.keys()].map((state, index) => [state, values[index]!]);
};

interface BesideRows {
  readonly seed: number;
  readonly cuts: readonly number[];
  /** Rows that there is room for. */
  readonly rows: number;
  readonly singles: number;
  readonly length: number;
}

/**
 * Sequences cut at different places and continued by `singles` tokens one by one beside states that lag, which are folded when there is no more room
 * for a row and before `length` tokens at last, agree with the naive twin of the whole.
 * @throws GraphError where they do not.
 */
export function expectNaiveBesideRows(layer: LayerUnderTest, { seed, cuts, rows, singles, length }: BesideRows): void {
  const batch = cuts.length;
  const whole = cuts.map((cut, row) => randomReference([1, cut + singles + length, layer.width], 10 * seed + row));
  const single = build(layer, seed, { batch, length: 1, capacity: 1, recent: rows });
  const rest = build(layer, seed, { batch, length, capacity: 1 });
  const lacking = single.states.filter(({ growth }) => growth === 'recent').map((state) => [state.name, reference(stateShape(state, batch, rows), new Float64Array(batch * rows * state.shape[0]! * state.shape[1]!))] as const);
  const folds = new Map(single.states.flatMap((state) => (state.fold === undefined ? [] : [[state, state.fold(readInputs(batch, 1, rows), { batch, recent: rows })] as const])));
  const each = cuts.map((cut, row) => statesAfter(layer, seed, whole[row]!, cut));
  const fixed = rest.states.filter(({ growth }) => growth === 'fixed');
  const held: Record<string, Reference> = { ...statesBeside(fixed, each, cuts, 1), ...Object.fromEntries(lacking) };
  const committed = (after: number): Feeds => ({ 'prefix.lengths': reference([batch], cuts.map((cut) => cut + after)), 'prefix.positions': reference([1], [0]) });
  const tokens = (from: number, count: number): Reference => reference([batch, count, layer.width], whole.flatMap(({ data }, row) => [...data.subarray((cuts[row]! + from) * layer.width, (cuts[row]! + from + count) * layer.width)]));
  const expectTwin = (what: string, actual: Reference, from: number): void =>
    expectClose(`expectNaiveBesideRows, ${what}`, actual, reference(actual.shape, expected.flatMap((twin, row) => twin.slice(cuts[row]! + from, cuts[row]! + from + actual.shape[1]!)).flat()));
  const expected = whole.map((x) => layer.naive(sequence(x, 0), single.weights));
  let waiting = 0;
  const fold = (): void => {
    for (const [{ name }, value] of evaluated(folds, { ...single.weights, ...held })) held[name] = value;
    for (const [name, { shape, data }] of lacking) held[name] = reference(shape, new Float64Array(data.length));
    waiting = 0;
  };
  for (let t = 0; t < singles; t++) {
    if (waiting === rows) fold();
    const feeds = { ...single.weights, ...held, ...committed(t), x: tokens(t, 1), positions: positionsFrom(cuts.map((cut) => cut + t), 1) };
    const [output] = evaluate([single.output], feeds);
    expectTwin(`token ${t}`, output!, t);
    for (const [{ name, growth, shape: [heads, size] }, value] of evaluated(single.kept, feeds)) {
      if (growth === 'fixed') held[name] = value;
      else for (let head = 0; head < batch * heads!; head++) held[name]!.data.set(value.data.subarray(head * size!, (head + 1) * size!), (head * rows + waiting) * size!);
    }
    waiting++;
  }
  fold();
  const [output] = evaluate([rest.output], { ...rest.weights, ...held, ...committed(singles), x: tokens(singles, length), positions: positionsFrom(cuts.map((cut) => cut + singles), length) });
  expectTwin('after the last fold', output!, singles);
}

/**
 * Rows that are filled up to one length leave behind exactly what their real tokens alone do, and compute the same there; for layers
 * whose states are fixed.
 * @throws GraphError where they do not.
 */
export function expectPaddingHasNoEffect(layer: LayerUnderTest, { seed, real, length }: { readonly seed: number; readonly real: readonly number[]; readonly length: number }): void {
  const batch = real.length;
  const filled = build(layer, seed, { batch, length, real });
  const x = randomReference([batch, length, layer.width], seed);
  const [output, ...kept] = evaluate([filled.output, ...filled.kept.values()], {
    ...filled.weights, x, positions: positionsFrom(Array<number>(batch).fill(0), length), real: reference([batch], real),
  });
  for (const [row, count] of real.entries()) {
    const own = reference([1, count, layer.width], x.data.subarray(row * length * layer.width, (row * length + count) * layer.width));
    const alone = build(layer, seed, { batch: 1, length: count });
    const [expected, ...left] = evaluate([alone.output, ...alone.kept.values()], { ...alone.weights, x: own, positions: positionsFrom([0], count) });
    const rowOf = ({ data }: Reference, size: number): Float64Array => data.subarray(row * (data.length / batch), row * (data.length / batch) + size);
    for (const [actual, known] of [[output!, expected!] as const, ...kept.map((state, i) => [state, left[i]!] as const)]) {
      const difference = rowOf(actual, known.data.length).findIndex((value, i) => value !== known.data[i]);
      if (difference >= 0) throw new GraphError({ where: 'expectPaddingHasNoEffect', expected: `${known.data[difference]}`, got: `${rowOf(actual, known.data.length)[difference]}` });
    }
  }
}

/**
 * Gradients of the input, of every parameter and, after a prefix, of fixed states agree with central differences.
 * @throws GraphError where they do not, or where there are only zeros.
 */
export function expectGradients(layer: LayerUnderTest, { seed, batch, length, prefix }: { readonly seed: number; readonly batch: number; readonly length: number; readonly prefix?: number }): void {
  const { output, kept, weights } = build(layer, seed, { batch, length, ...(prefix !== undefined && { capacity: prefix }) });
  const fixed = prefix === undefined ? [] : [...kept.keys()].filter(({ growth }) => growth === 'fixed');
  const states = Object.fromEntries(fixed.map((state, i) => [state.name, randomReference(stateShape(state, batch, 0), 50 * seed + i)]));
  const point = { ...weights, ...states, x: randomReference([batch, length, layer.width], seed) };
  const { passed } = checkGradient(() => output, point, { seed, feeds: { positions: positionsFrom(Array<number>(batch).fill(prefix ?? 0), length) } });
  if (passed < Object.keys(point).length) throw new GraphError({ where: 'expectGradients', expected: `${Object.keys(point).length} directions`, got: `${passed}` });
}
