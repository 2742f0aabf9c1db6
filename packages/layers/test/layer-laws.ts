import { bidirectional } from '@palimpsest/backbone';
import type { Visibility } from '@palimpsest/backbone';
import { evaluate, input, reference } from '@palimpsest/graph';
import type { Dimension, Feeds, Reference, Value } from '@palimpsest/graph';
import { checkGradient, randomReference, relativeDifference } from '@palimpsest/graph/testing';
import { openScope, sharedValues } from '@palimpsest/layers';
import type { Layer, Scope, StateDeclaration } from '@palimpsest/layers';
import { expect } from 'vitest';
import type { Rows, Weights } from '../src/linear/linear.naive.js';

/** A layer and what it should compute: `naive` maps the rows of one sequence that starts at position 0. */
export interface LayerUnderTest {
  readonly create: (scope: Scope) => Layer;
  readonly naive: (x: Rows, weights: Weights) => Rows;
  readonly width: number;
  readonly visibility?: Visibility;
}

interface Built {
  readonly output: Value;
  readonly kept: ReadonlyMap<StateDeclaration, Value>;
  readonly weights: Feeds;
}

const maximumLength = 40;

/** The layer over `x` [batch, length, width]; after a prefix where a capacity is given. */
function build({ create, width, visibility = bidirectional }: LayerUnderTest, seed: number, sizes: { batch: Dimension; length: Dimension; capacity?: number }): Built {
  const { scope, declarations } = openScope();
  const layer = create(scope);
  const { batch, length, capacity } = sizes;
  const kept = new Map<StateDeclaration, Value>();
  const state = ({ name, shape: [heads, size] }: StateDeclaration): Value => input(name, [batch, heads!, capacity!, size!]);
  const output = layer(input('x', [batch, length, width]), {
    batch, length, visibility, maximumLength, shared: sharedValues(),
    positions: input('positions', [batch, length], 'int64'),
    keep: (declaration, value) => { kept.set(declaration, value); },
    ...(capacity !== undefined && {
      prefix: { lengths: input('prefix.lengths', [batch], 'int64'), positions: input('prefix.positions', [capacity], 'int64'), read: state },
    }),
  });
  const weights = Object.fromEntries(declarations.parameters.map(({ name, shape }, index) => [name, randomReference(shape, 100 * seed + index)]));
  return { output, kept, weights };
}

const sequence = ({ shape: [, length, width], data }: Reference, row: number): Rows =>
  Array.from({ length: length! }, (_, t) => [...data.subarray((row * length! + t) * width!, (row * length! + t + 1) * width!)]);

const positionsFrom = (starts: readonly number[], length: number): Reference =>
  reference([starts.length, length], starts.flatMap((start) => Array.from({ length }, (_, i) => start + i)));

interface Sized {
  readonly seed: number;
  readonly batch: number;
  readonly length: number;
  /** Whether batch and length are names in the graph, as where a model only runs, and numbers when it is fed. */
  readonly named?: boolean;
}

/** The float64 interpreter agrees with the naive twin, sequence by sequence. */
export function expectNaive(layer: LayerUnderTest, { seed, batch, length, named = false }: Sized): void {
  const { output, weights } = build(layer, seed, named ? { batch: 'batch', length: 'length' } : { batch, length });
  const x = randomReference([batch, length, layer.width], seed);
  const [actual] = evaluate([output], { ...weights, x, positions: positionsFrom(Array(batch).fill(0), length) });
  const expected = Array.from({ length: batch }, (_, row) => layer.naive(sequence(x, row), weights));
  expect(relativeDifference(actual!, reference(actual!.shape, expected.flat(2)))).toBeLessThan(1e-12);
}

/** Sequences cut at different places and continued together, from states with room to spare, agree with the naive twin of the whole. */
export function expectNaiveAfterPrefix(layer: LayerUnderTest, { seed, cuts, length }: { readonly seed: number; readonly cuts: readonly number[]; readonly length: number }): void {
  const capacity = Math.max(...cuts) + 3;
  const batch = cuts.length;
  const whole = cuts.map((cut, row) => randomReference([1, cut + length, layer.width], 10 * seed + row));
  const rest = build(layer, seed, { batch, length, capacity });
  const states: Record<string, Reference> = Object.fromEntries([...rest.kept.keys()].map(({ name, shape: [heads, size] }) =>
    [name, randomReference([batch, heads!, capacity, size!], 7, { from: -9, to: 9 })])); // what is not committed may hold anything
  for (const [row, cut] of cuts.entries()) {
    if (cut === 0) continue;
    const first = build(layer, seed, { batch: 1, length: cut });
    const x = reference([1, cut, layer.width], whole[row]!.data.subarray(0, cut * layer.width));
    const values = evaluate([...first.kept.values()], { ...first.weights, x, positions: positionsFrom([0], cut) });
    for (const [index, { name, shape: [heads, size] }] of [...first.kept.keys()].entries()) {
      for (let head = 0; head < heads!; head++) {
        states[name]!.data.set(values[index]!.data.subarray(head * cut * size!, (head + 1) * cut * size!), (row * heads! + head) * capacity * size!);
      }
    }
  }
  const tail = whole.flatMap(({ data }, row) => [...data.subarray(cuts[row]! * layer.width)]);
  const [actual] = evaluate([rest.output], {
    ...rest.weights, ...states, x: reference([batch, length, layer.width], tail), positions: positionsFrom(cuts, length),
    'prefix.lengths': reference([batch], cuts), 'prefix.positions': reference([capacity], Array.from({ length: capacity }, (_, i) => i)),
  });
  const expected = whole.map((x, row) => layer.naive(sequence(x, 0), rest.weights).slice(cuts[row]));
  expect(relativeDifference(actual!, reference(actual!.shape, expected.flat(2)))).toBeLessThan(1e-12);
}

/** Gradients of the input and of every parameter agree with central differences. */
export function expectGradients(layer: LayerUnderTest, { seed, batch, length }: { readonly seed: number; readonly batch: number; readonly length: number }): void {
  const { output, weights } = build(layer, seed, { batch, length });
  const point = { ...weights, x: randomReference([batch, length, layer.width], seed) };
  const { passed } = checkGradient(() => output, point, { seed, feeds: { positions: positionsFrom(Array(batch).fill(0), length) } });
  expect(passed).toBeGreaterThanOrEqual(Object.keys(point).length);
}
