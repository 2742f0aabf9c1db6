import type { HeadRequest, PassRequest } from './engine.js';
import { sameNumbers } from './pass.js';
import type { HostTensor } from './session.js';

/** What a trunk is told of a pass: tokens, positions, wanted rows, prefix lengths, where blocks begin. `places` are the contexts' rows in the batch. */
export function passFeeds({ contexts, lengths, starts, shifts, tokens }: PassRequest, places: readonly number[], rows: Int32Array): Record<string, HostTensor> {
  const batch = contexts.length;
  const length = tokens.length / batch;
  const ids = int64([batch, length]);
  const positions = int64([batch, length]);
  const committed = int64([batch]);
  const shift = int64([batch]);
  const wanted = int64([rows.length]);
  for (let index = 0; index < batch; index++) {
    const place = places[index]!;
    committed.words[2 * place] = lengths[index]!;
    shift.words[2 * place] = shifts[index]!;
    for (let i = 0; i < length; i++) {
      ids.words[2 * (place * length + i)] = tokens[index * length + i]!;
      positions.words[2 * (place * length + i)] = starts[index]! + i;
    }
  }
  for (let row = 0; row < rows.length; row++) wanted.words[2 * row] = places[Math.floor(rows[row]! / length)]! * length + (rows[row]! % length);
  return { tokens: ids.tensor, positions: positions.tensor, rows: wanted.tensor, 'prefix.lengths': committed.tensor, 'block.shift': shift.tensor };
}

/** Beyond all lengths. */
const nowhere = 2 ** 30;

/** The positions of kept rows, those whose place the tokens take being nowhere, where nothing sees them. */
export function positionsBeside({ contexts, starts, tokens }: PassRequest, capacity: number): HostTensor {
  const { tensor, words } = int64([capacity]);
  const [start, end] = [starts[0]!, starts[0]! + tokens.length / contexts.length];
  for (let row = 0; row < capacity; row++) words[2 * row] = row >= start && row < end ? nowhere : row;
  return tensor;
}

/**
 * What a step is told: one token of one context, what the context carries, what the head wants. Every step is fed the same tensors, in the
 * same record for the same `states`, until the next one: what is made for each token, and remembered by whom it is fed to, has to be
 * collected again. Of `passFeeds` and `headFeeds`, the twins, a step lacks `rows`.
 */
export function openStepFeeds(): (pass: PassRequest, states: Readonly<Record<string, HostTensor>>, head: HeadRequest) => Readonly<Record<string, HostTensor>> {
  const [ids, positions, committed, shift, target] = [int64([1, 1]), int64([1, 1]), int64([1]), int64([1]), int64([1])];
  const [uniforms, inverses] = [new Float32Array(1), new Float32Array(1)];
  const own = {
    tokens: ids.tensor, positions: positions.tensor, 'prefix.lengths': committed.tensor, 'block.shift': shift.tensor, targets: target.tensor,
    uniforms: { type: 'float32', shape: [1, 1], data: uniforms }, inverseTemperatures: { type: 'float32', shape: [1, 1], data: inverses },
  } as const;
  let banned: { readonly numbers: readonly number[]; readonly tensor: HostTensor } = { numbers: [], tensor: int64Of([]) };
  const records = new WeakMap<Readonly<Record<string, HostTensor>>, Record<string, HostTensor>>();
  return ({ lengths, shifts, tokens }, states, { targets, draws }) => {
    ids.words[0] = tokens[0]!;
    positions.words[0] = lengths[0]!;
    committed.words[0] = lengths[0]!;
    shift.words[0] = shifts[0]!;
    if (targets) target.words[0] = targets[0]!;
    if (draws) {
      uniforms[0] = draws.uniforms[0]!;
      inverses[0] = inverse(draws.temperatures[0]!);
      if (!sameNumbers(banned.numbers, draws.banned)) banned = { numbers: draws.banned, tensor: int64Of(draws.banned) };
    }
    const feeds = records.get(states) ?? { ...own, ...states };
    records.set(states, feeds);
    feeds['banned'] = banned.tensor;
    return feeds;
  };
}

/** What a head is told beside the hidden rows. */
export const headFeeds = ({ targets, draws }: HeadRequest): Record<string, HostTensor> => ({
  ...(targets && { targets: int64Of(targets) }),
  ...(draws && {
    uniforms: { type: 'float32', shape: [draws.uniforms.length, 1], data: Float32Array.from(draws.uniforms) },
    inverseTemperatures: { type: 'float32', shape: [draws.temperatures.length, 1], data: Float32Array.from(draws.temperatures, inverse) },
    banned: int64Of(draws.banned),
  }),
});

/** Bounded, so that a logit times it is no NaN and hardly ever infinite: far beyond either bound nothing changes. */
const inverse = (temperature: number): number => Math.min(Math.max(1 / temperature, 1e-30), 1e30);

function int64Of(numbers: ArrayLike<number>): HostTensor {
  const { tensor, words } = int64([numbers.length]);
  for (let i = 0; i < numbers.length; i++) words[2 * i] = numbers[i]!;
  return tensor;
}

/** Zeros, and their low words to fill: every machine that ONNX Runtime runs on is little-endian. */
function int64(shape: readonly number[]): { readonly tensor: HostTensor; readonly words: Int32Array } {
  const data = new BigInt64Array(shape.reduce((product, size) => product * size, 1));
  return { tensor: { type: 'int64', shape, data }, words: new Int32Array(data.buffer) };
}
