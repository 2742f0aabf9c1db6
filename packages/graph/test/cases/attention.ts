import { add, applyAll, attention, causalAttention, matMul, multiply, rotaryEmbedding, slice } from '../../src/index.js';
import type { OpName, Reference, Value } from '../../src/index.js';
import { at, floats, random, sum, tabulate } from './case.js';
import type { Case, Fed } from './case.js';

interface Sizes {
  readonly heads: number;
  readonly keyHeads: number;
  readonly queries?: number;
  readonly keys?: number;
  readonly scale?: number;
}

interface Attended {
  readonly name: string;
  readonly inputs: readonly Fed[];
  readonly scale: number;
  readonly probabilities: Reference;
  readonly mixed: Reference;
}

/** Attention of batch 2, key size 4, value size 7, with exponentials summed as they are. */
function attend(name: string, { heads, keyHeads, queries = 3, keys = 5, scale = 0.7 }: Sizes, mask?: Fed): Attended {
  const [query, key, value] = [random([2, heads, queries, 4], 81), random([2, keyHeads, keys, 4], 82), random([2, keyHeads, keys, 7], 83)];
  const keyHead = (head: number): number => Math.floor(head / (heads / keyHeads));
  const masked = (...coordinates: readonly [number, number, number, number]): number => {
    if (mask === undefined) return 0;
    const own = coordinates.slice(4 - mask.shape.length);
    return at(mask, ...own.map((coordinate, axis) => (mask.shape[axis] === 1 ? 0 : coordinate)));
  };
  const share = (b: number, h: number, i: number, j: number): number => {
    const dot = sum(4, (d) => at(query, b, h, i, d) * at(key, b, keyHead(h), j, d));
    return Math.exp(scale * dot + masked(b, h, i, j));
  };
  const probabilities = tabulate([2, heads, queries, keys], (b, h, i, j) => share(b!, h!, i!, j!) / sum(keys, (other) => share(b!, h!, i!, other)));
  return {
    name: `${name}${mask === undefined ? '' : ` [${mask.shape.join(', ')}]`}`,
    inputs: [query, key, value, ...(mask === undefined ? [] : [mask])],
    scale,
    probabilities,
    mixed: tabulate([2, heads, queries, 7], (b, h, i, d) =>
      sum(keys, (j) => at(probabilities, b!, h!, i!, j) * at(value, b!, keyHead(h!), j, d!)),
    ),
  };
}

function attended(name: string, sizes: Sizes, mask?: Fed): Case {
  const { mixed, scale, ...entry } = attend(name, sizes, mask);
  return { ...entry, build: ([q, k, v, m]) => attention(q!, k!, v!, m, scale), expected: [mixed] };
}

/** The second output, which gradients read: with the first, alone, and multiplied by it. */
function withProbabilities(name: string, sizes: Sizes, mask?: Fed): readonly Case[] {
  const { mixed, probabilities, scale, ...entry } = attend(name, sizes, mask);
  const both = (inputs: readonly Value[]): readonly Value[] => applyAll('attention', inputs, { scale });
  return [
    { ...entry, name: `${entry.name}, both outputs`, build: both, expected: [mixed, probabilities] },
    { ...entry, name: `${entry.name}, probabilities`, build: (inputs) => both(inputs)[1]!, sources: [0, 1], expected: [probabilities] },
    {
      ...entry,
      name: `${entry.name}, product`,
      build: (inputs) => {
        const [y, p] = both(inputs);
        return matMul(p!, y!, { transposeLeft: true });
      },
    },
  ];
}

/** [batch, heads, length, size] -> [batch, length, heads · size]. */
function beside(x: Fed): Fed {
  const [batch, heads, length, size] = x.shape as [number, number, number, number];
  return { ...tabulate([batch, length, heads * size], (b, t, i) => at(x, b!, Math.floor(i! / size), t!, i! % size)), type: 'float32' };
}

/** The same with heads side by side in each row, both outputs. */
function attendedInRows(name: string, sizes: Sizes, mask?: Fed): readonly Case[] {
  const { mixed, probabilities, scale, inputs: [query, key, value] } = attend(name, sizes, mask);
  const entry = { name: `${name}, heads side by side`, inputs: [beside(query!), beside(key!), beside(value!), ...(mask === undefined ? [] : [mask])] };
  const heads = { query: sizes.heads, key: sizes.keyHeads };
  return [
    { ...entry, build: ([q, k, v, m]) => attention(q!, k!, v!, m, scale, heads), expected: [beside({ ...mixed, type: 'float32' })] },
    { ...entry, name: `${entry.name}, both outputs`, build: (given) => applyAll('attention', given, { scale, heads }), expected: [beside({ ...mixed, type: 'float32' }), probabilities] },
  ];
}

/**
 * Every query sees the keys up to its own: the result, keys and values with heads first and probabilities, each output alone and all of them at once. Heads of
 * 8 entries go to a kernel of their own, the others to the one with a mask.
 */
function causally({ heads, keyHeads, size, valueSize = size, length = 5 }: { readonly heads: number; readonly keyHeads: number; readonly size: number; readonly valueSize?: number; readonly length?: number }): readonly Case[] {
  const [query, key, value] = [random([2, heads, length, size], 71), random([2, keyHeads, length, size], 72), random([2, keyHeads, length, valueSize], 73)];
  const keyHead = (head: number): number => Math.floor(head / (heads / keyHeads));
  const weight = (b: number, h: number, i: number, j: number): number => (j > i ? 0 : Math.exp(0.7 * sum(size, (d) => at(query, b, h, i, d) * at(key, b, keyHead(h), j, d))));
  const probabilities = tabulate([2, heads, length, length], (b, h, i, j) => weight(b!, h!, i!, j!) / sum(length, (other) => weight(b!, h!, i!, other)));
  const mixed = tabulate([2, heads, length, valueSize], (b, h, i, d) => sum(length, (j) => at(probabilities, b!, h!, i!, j) * at(value, b!, keyHead(h!), j, d!)));
  const counts = { query: heads, key: keyHeads };
  const entry = { name: `${heads} heads to ${keyHeads} of ${size} and ${valueSize}, ${length} tokens`, inputs: [beside(query), beside(key), beside(value)] };
  const result = beside({ ...mixed, type: 'float32' });
  const all = (inputs: readonly Value[]): readonly Value[] => applyAll('causalAttention', inputs, { scale: 0.7, heads: counts });
  const cases: readonly Case[] = [
    { ...entry, build: ([q, k, v]) => causalAttention(q!, k!, v!, 0.7, counts), expected: [result] },
    { ...entry, name: `${entry.name}, all outputs`, build: all, expected: [result, key, value, probabilities] },
    { ...entry, name: `${entry.name}, probabilities`, build: (inputs) => all(inputs)[3]!, sources: [0, 1], expected: [probabilities] },
    { ...entry, name: `${entry.name}, keys beside the result`, build: (inputs) => {
      const [y, k, v, p] = all(inputs);
      return add(multiply(slice(k!, 1, 0, 1), matMul(slice(p!, 1, 0, 1), slice(v!, 1, 0, 1))), slice(slice(y!, 2, 0, 1), 1, 0, 1));
    } },
  ];
  const fitting = cases.slice(0, valueSize === size ? 4 : 3);
  return length === 1 ? fitting.map((each) => ({ ...each, order: 0 })) : fitting; // one token's probability is 1, whatever it reads
}

/** The mask of causal attention after a prefix of 2: far below zero where a key lies ahead. */
const causal = floats([3, 5], Array.from({ length: 15 }, (_, at) => (at % 5 <= Math.floor(at / 5) + 2 ? 0 : -1e4)));

function rotated(interleaved: boolean): Case {
  const x = random([2, 3, 5, 6], 91);
  const angles = random([2, 5, 3], 92, -3, 3);
  const [cosine, sine] = [floats([2, 5, 3], Array.from(angles.data, Math.cos)), floats([2, 5, 3], Array.from(angles.data, Math.sin))];
  return {
    name: interleaved ? 'neighbours' : 'halves',
    inputs: [x, cosine, sine],
    build: ([v, c, s]) => rotaryEmbedding(v!, c!, s!, { interleaved }),
    expected: [
      tabulate(x.shape, (b, h, t, k) => {
        // entry k turns with its partner by the angle of their pair
        const pair = interleaved ? Math.floor(k! / 2) : k! % 3;
        const isFirst = interleaved ? k! % 2 === 0 : k! < 3;
        const partner = interleaved ? k! ^ 1 : (k! + 3) % 6;
        return at(x, b!, h!, t!, k!) * at(cosine, b!, t!, pair) + (isFirst ? -1 : 1) * at(x, b!, h!, t!, partner) * at(sine, b!, t!, pair);
      }),
    ],
  };
}

function rotatedInRows(interleaved: boolean): Case {
  const { name, inputs: [x, ...tables], expected, build } = rotated(interleaved);
  return { name: `${name}, heads side by side`, inputs: [beside(x!), ...tables], build, expected: [beside({ ...expected![0]!, type: 'float32' })] };
}

export const attentionCases = {
  rotaryEmbedding: [rotated(false), rotated(true), rotatedInRows(false), rotatedInRows(true)],
  attention: [
    attended('one head to a group', { heads: 3, keyHeads: 3 }),
    attended('three heads to a group', { heads: 6, keyHeads: 2 }),
    attended('all heads to one group', { heads: 3, keyHeads: 1, scale: 1.3 }),
    attended('one query', { heads: 4, keyHeads: 2, queries: 1 }),
    attended('causal mask', { heads: 6, keyHeads: 2 }, causal),
    ...withProbabilities('causal mask', { heads: 6, keyHeads: 2 }, causal),
    ...withProbabilities('one head to a group', { heads: 3, keyHeads: 3 }),
    ...attendedInRows('three heads to a group', { heads: 6, keyHeads: 2 }),
    ...attendedInRows('causal mask', { heads: 6, keyHeads: 2 }, causal),
    attended('mask of rank 2', { heads: 6, keyHeads: 2 }, random([3, 5], 84)),
    attended('mask of rank 2, one query', { heads: 6, keyHeads: 2, queries: 1 }, random([1, 5], 84)),
    attended('mask of rank 3', { heads: 6, keyHeads: 2 }, random([6, 3, 5], 85)),
    attended('mask of rank 3, one head', { heads: 6, keyHeads: 2 }, random([1, 3, 5], 85)),
    attended('mask of rank 4', { heads: 6, keyHeads: 2 }, random([2, 6, 3, 5], 86)),
    attended('mask of rank 4, one head', { heads: 6, keyHeads: 2 }, random([2, 1, 3, 5], 87)),
    attended('mask of rank 4, one batch', { heads: 6, keyHeads: 2 }, random([1, 6, 3, 5], 88)),
    attended('mask of rank 4, neither', { heads: 6, keyHeads: 2 }, random([1, 1, 3, 5], 89)),
  ],
  causalAttention: [
    ...causally({ heads: 3, keyHeads: 3, size: 8 }), ...causally({ heads: 6, keyHeads: 2, size: 16, length: 7 }), ...causally({ heads: 3, keyHeads: 1, size: 8, length: 1 }),
    ...causally({ heads: 4, keyHeads: 2, size: 6 }), ...causally({ heads: 6, keyHeads: 2, size: 8, valueSize: 3 }),
  ],
} satisfies Partial<{ readonly [K in OpName]: readonly Case[] }>;
