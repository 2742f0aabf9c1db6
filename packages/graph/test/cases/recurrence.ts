import { causalConvolution, concat, deltaRule, linearAttention, multiply, slice } from '../../src/index.js';
import type { OpName, Reference, Value } from '../../src/index.js';
import { at, random, sum, tabulate } from './case.js';
import type { Case, Fed } from './case.js';

interface Sizes {
  readonly length: number;
  readonly heads: number;
  readonly queryHeads: number;
  readonly keyHeads: number;
  readonly size: number;
  readonly valueSize: number;
  readonly decays: number;
  readonly past: boolean;
}

interface Attended {
  readonly inputs: readonly Fed[];
  readonly output: Reference;
  readonly state: Reference;
  readonly call: (inputs: readonly Value[]) => { readonly output: Value; readonly state: Value };
}

/** Batch 2. Every token is weighed against every earlier one, with the decay between them; no state is carried. */
function attend({ length, heads, queryHeads, keyHeads, size, valueSize, decays, past: withPast }: Sizes): Attended {
  const [query, key, value] = [random([2, length, queryHeads * size], 101), random([2, length, keyHeads * size], 102), random([2, length, heads * valueSize], 103)];
  const decay = random([2, length, heads * decays], 104, -1.5, -0.05);
  const past = random([2, heads, size, valueSize], 105);
  const share = (h: number, of: number): number => Math.floor((h * of) / heads);
  /** What is left at token t of entry i that was written at token s; s = -1 is the past. */
  const left = (b: number, h: number, i: number, s: number, t: number): number =>
    Math.exp(sum(t - s, (n) => at(decay, b, s + 1 + n, h * decays + (decays === 1 ? 0 : i))));
  const entry = (b: number, h: number, i: number, j: number, t: number): number =>
    (withPast ? left(b, h, i, -1, t) * at(past, b, h, i, j) : 0)
    + sum(t + 1, (s) => left(b, h, i, s, t) * at(key, b, s, share(h, keyHeads) * size + i) * at(value, b, s, h * valueSize + j));
  return {
    inputs: [query, key, value, decay, ...(withPast ? [past] : [])],
    output: tabulate([2, length, heads * valueSize], (b, t, column) => {
      const [h, j] = [Math.floor(column! / valueSize), column! % valueSize];
      return sum(size, (i) => at(query, b!, t!, share(h, queryHeads) * size + i) * entry(b!, h, i, j, t!));
    }),
    state: tabulate([2, heads, size, valueSize], (b, h, i, j) => entry(b!, h!, i!, j!, length - 1)),
    call: ([q, k, v, g, p]) => linearAttention({ query: q!, key: k!, value: v!, decay: g!, ...(p && { past: p }), queryHeads, heads }),
  };
}

function attended(name: string, sizes: Sizes): readonly Case[] {
  const { inputs, output, state, call } = attend(sizes);
  return [
    { name, inputs, build: (values) => call(values).output, expected: [output] },
    { name: `${name}, the last state`, inputs, build: (values) => call(values).state, expected: [state], sources: inputs.flatMap((_, i) => (i === 0 ? [] : [i])) },
    { name: `${name}, both`, inputs, build: (values) => Object.values(call(values)), expected: [output, state] },
    {
      name: `${name}, continued`, inputs,
      build: (values) => {
        const { output: first, state: last } = call(values);
        const [q, k, v, g] = values as [Value, Value, Value, Value];
        return linearAttention({ query: q, key: k, value: first.shape[2] === v.shape[2] ? first : v, decay: g, past: last, queryHeads: sizes.queryHeads, heads: sizes.heads }).output;
      },
    },
  ];
}

const plain: Sizes = { length: 5, heads: 3, queryHeads: 3, keyHeads: 3, size: 2, valueSize: 4, decays: 1, past: true };

function convolved(name: string, { length, width, past: withPast }: { length: number; width: number; past: boolean }): readonly Case[] {
  const [x, weight, bias, past] = [random([2, 3, length], 111), random([3, 1, width], 112), random([3], 113), random([2, 3, width - 1], 114)];
  const column = (b: number, c: number, t: number): number => (t >= 0 ? at(x, b, c, t) : withPast ? at(past, b, c, width - 1 + t) : 0);
  const inputs = [x, weight, bias, ...(withPast ? [past] : [])];
  const call = ([v, w, o, p]: readonly Value[]): { readonly output: Value; readonly tail: Value } => causalConvolution({ x: v!, weight: w!, bias: o!, ...(p && { past: p }) });
  const output = tabulate(x.shape, (b, c, t) => at(bias, c!) + sum(width, (lag) => at(weight, c!, 0, width - 1 - lag) * column(b!, c!, t! - lag)));
  const tail = tabulate([2, 3, width - 1], (b, c, j) => column(b!, c!, length - width + 1 + j!));
  return [
    { name, inputs, build: (values) => call(values).output, expected: [output] },
    { name: `${name}, both`, inputs, build: (values) => Object.values(call(values)), expected: [output, tail] },
    {
      name: `${name}, continued`, inputs,
      build: (values) => causalConvolution({ x: values[0]!, weight: values[1]!, bias: values[2]!, past: call(values).tail }).output,
      ...(length >= width - 1 && { sources: [0, 1, 2] }), // nothing of the past is left in the tail
    },
  ];
}

interface DeltaSizes {
  readonly length: number;
  readonly heads: number;
  readonly size: number;
  readonly valueSize: number;
  readonly past: boolean;
}

/** Batch 2. The state behind token t is a sum over tokens s of the products of exp(decay) (1 - rate keyᵀ key), matrices, from s + 1 to t; no error is computed. */
function corrected(name: string, { length, heads, size, valueSize, past: withPast }: DeltaSizes): readonly Case[] {
  const [query, key, value] = [random([2, length, heads * size], 121), random([2, length, heads * size], 122), random([2, length, heads * valueSize], 123)];
  const [decay, rate, past] = [random([2, length, heads], 124, -1.2, -0.05), random([2, length, heads], 125, 0.1, 0.9), random([2, heads, size, valueSize], 126)];
  const keyAt = (b: number, h: number, t: number, i: number): number => at(key, b, t, h * size + i);
  /** What the tokens from s + 1 to t make of row i of what is in the state after s: entry [i, j] of a product of matrices. */
  const kept = (b: number, h: number, s: number, t: number, i: number, j: number): number => {
    if (s === t) return Number(i === j);
    const fade = Math.exp(at(decay, b, t, h));
    return fade * sum(size, (n) => (Number(i === n) - at(rate, b, t, h) * keyAt(b, h, t, i) * keyAt(b, h, t, n)) * kept(b, h, s, t - 1, n, j));
  };
  const entry = (b: number, h: number, i: number, j: number, t: number): number =>
    (withPast ? sum(size, (n) => kept(b, h, -1, t, i, n) * at(past, b, h, n, j)) : 0)
    + sum(t + 1, (s) => sum(size, (n) => kept(b, h, s, t, i, n) * keyAt(b, h, s, n)) * at(rate, b, s, h) * at(value, b, s, h * valueSize + j));
  const inputs = [query, key, value, decay, rate, ...(withPast ? [past] : [])];
  const call = ([q, k, v, g, r, p]: readonly Value[]): { readonly output: Value; readonly state: Value } =>
    deltaRule({ query: q!, key: k!, value: v!, decay: g!, rate: r!, ...(p && { past: p }), heads });
  const output = tabulate([2, length, heads * valueSize], (b, t, column) => {
    const [h, j] = [Math.floor(column! / valueSize), column! % valueSize];
    return sum(size, (i) => at(query, b!, t!, h * size + i) * entry(b!, h, i, j, t!));
  });
  const state = tabulate([2, heads, size, valueSize], (b, h, i, j) => entry(b!, h!, i!, j!, length - 1));
  return [
    { name, inputs, build: (values) => call(values).output, expected: [output] },
    { name: `${name}, the last state`, inputs, build: (values) => call(values).state, expected: [state], sources: inputs.flatMap((_, i) => (i === 0 ? [] : [i])) },
    { name: `${name}, both`, inputs, build: (values) => Object.values(call(values)), expected: [output, state] },
    { name: `${name}, continued`, inputs, build: (values) => call([...values.slice(0, 5), call(values).state]).output },
    { name: `${name}, keys that are made of values`, inputs, build: ([q, k, v, g, r, p]) => call([q!, slice(concat([multiply(k!, 0.5), v!], 2), 2, 1, 1 + heads * size), v!, g!, r!, ...(p ? [p] : [])]).output },
  ];
}

export const recurrenceCases = {
  linearAttention: [
    ...attended('a head to each', plain),
    ...attended('from nothing', { ...plain, past: false, length: 4 }),
    ...attended('six heads share two queries and three keys', { ...plain, heads: 6, queryHeads: 2, keyHeads: 3, length: 4 }),
    ...attended('all heads share one query and one key', { ...plain, queryHeads: 1, keyHeads: 1, past: false }),
    ...attended('one token', { ...plain, heads: 4, queryHeads: 2, keyHeads: 2, length: 1 }),
    ...attended('a decay to a key entry', { ...plain, decays: 2, length: 4 }),
    ...attended('a decay to a key entry, values of one number, all heads share', { ...plain, heads: 4, queryHeads: 1, keyHeads: 1, size: 3, valueSize: 1, decays: 3 }),
    ...attended('a decay to a key entry, from nothing, two share', { ...plain, heads: 4, queryHeads: 2, keyHeads: 1, size: 3, decays: 3, past: false, length: 3 }),
  ],
  deltaRule: [
    ...corrected('three heads', { length: 4, heads: 3, size: 2, valueSize: 3, past: true }),
    ...corrected('from nothing', { length: 5, heads: 1, size: 3, valueSize: 2, past: false }),
    ...corrected('one token', { length: 1, heads: 2, size: 3, valueSize: 5, past: true }),
  ],
  causalConvolution: [
    ...convolved('four wide', { length: 7, width: 4, past: true }),
    ...convolved('four wide, from nothing', { length: 5, width: 4, past: false }),
    ...convolved('shorter than its past', { length: 2, width: 5, past: true }),
    ...convolved('one column, two wide', { length: 1, width: 2, past: false }),
  ],
} satisfies Partial<{ readonly [K in OpName]: readonly Case[] }>;
