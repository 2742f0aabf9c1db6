import { SamplingError } from './error.js';
import { philoxInto } from './philox.js';

const TWO_TO_32 = 2 ** 32;
const TWO_TO_53 = 2 ** 53;

// A seed fills 53 of the key's 64 bits; the other 11 tell apart the families of numbers that one seed yields.
const TAG_SHIFT = 21;
const STREAM_TAG = 5; // 1 to 4 are numbers of coordinates
const DERIVE = 1 << TAG_SHIFT; // counters of draws stay below it

const block = new Uint32Array(4); // scratch: filled and read within one synchronous call

/**
 * A number in [0, 1), a multiple of 2^-53, that depends on nothing but the seed and the coordinates, such as pass,
 * position and index. Another number of coordinates gives other numbers: (3) and (0, 3) are unrelated.
 * Neighbours in the last coordinate share one Philox block, so `fillUniform` is about twice as fast as a loop.
 *
 * @param seed integer from 0 to 2^53 - 1.
 * @param coordinates one to four integers from 0 to 2^32 - 1.
 * @throws SamplingError otherwise.
 */
export function uniformAt(seed: number, ...coordinates: readonly number[]): number {
  checkSeed('uniformAt', seed);
  checkCoordinates('uniformAt', coordinates, 1, 4);
  const index = coordinates[coordinates.length - 1]!;
  blockAt(seed, coordinates.length, index >>> 1, coordinates, coordinates.length - 1);
  return index % 2 === 0 ? fraction(block[0]!, block[1]!) : fraction(block[2]!, block[3]!);
}

/** As `uniformAt`, strictly between 0 and 1: the midpoint of its 2^-52 interval. For logarithms of u and of 1 - u. */
export function openUniformAt(seed: number, ...coordinates: readonly number[]): number {
  return openInterval(uniformAt(seed, ...coordinates));
}

/** Moves a multiple of 2^-53 in [0, 1) to the middle of its 2^-52 interval, which is never 0 or 1. */
export function openInterval(uniform: number): number {
  return (Math.floor(uniform * 2 ** 52) + 0.5) * 2 ** -52;
}

/**
 * `target[i] = uniformAt(seed, ...coordinates, i)` for every i.
 *
 * @param coordinates none to three integers from 0 to 2^32 - 1.
 */
export function fillUniform(target: Float64Array, seed: number, ...coordinates: readonly number[]): void {
  checkSeed('fillUniform', seed);
  checkCoordinates('fillUniform', coordinates, 0, 3);
  const family = coordinates.length + 1;
  for (let index = 0; index < target.length; index += 2) {
    blockAt(seed, family, index >>> 1, coordinates, coordinates.length);
    target[index] = fraction(block[0]!, block[1]!);
    if (index + 1 < target.length) target[index + 1] = fraction(block[2]!, block[3]!);
  }
}

/** Random numbers in sequence. The same seed and path give the same sequence; others give independent ones. */
export interface RandomStream {
  /** In [0, 1), a multiple of 2^-53. */
  uniform(): number;
  /** From 0 to bound - 1, without bias. `bound` is an integer from 1 to 2^53 - 1. */
  integer(bound: number): number;
  /** One of `items`, which must not be empty. */
  pick<Item>(items: readonly Item[]): Item;
  /** The items in random order, as a new array. */
  shuffle<Item>(items: readonly Item[]): Item[];
  /** Mean 0, standard deviation 1 (Box & Muller 1958). */
  normal(): number;
}

/**
 * @param seed integer from 0 to 2^53 - 1.
 * @param path any number of such integers: a place in a tree of streams, for example (epoch, story, sentence).
 * @throws SamplingError otherwise.
 */
export function randomStream(seed: number, ...path: readonly number[]): RandomStream {
  const [key0, key1, high2, high3] = deriveStream(seed, path);
  const words = new Uint32Array(4);
  let next = 0; // uniforms drawn; two to a block
  const integer53 = (): number => {
    const blockNumber = Math.floor(next / 2);
    if (next % 2 === 0) philoxInto(words, blockNumber, blockNumber / TWO_TO_32, high2, high3, key0, key1);
    return next++ % 2 === 0 ? join(words[0]!, words[1]!) : join(words[2]!, words[3]!);
  };
  const uniform = (): number => integer53() / TWO_TO_53;
  const integer = (bound: number): number => {
    if (!Number.isSafeInteger(bound) || bound < 1) {
      throw new SamplingError({ where: 'RandomStream.integer', expected: 'a bound from 1 to 2^53 - 1', got: String(bound) });
    }
    const limit = TWO_TO_53 - (TWO_TO_53 % bound); // the last, partial run of 0 to bound - 1 would favour small numbers
    let drawn = integer53();
    while (drawn >= limit) drawn = integer53();
    return drawn % bound;
  };
  return {
    uniform,
    integer,
    pick: (items) => {
      if (items.length === 0) throw new SamplingError({ where: 'RandomStream.pick', expected: 'at least one item', got: 'none' });
      return items[integer(items.length)]!;
    },
    shuffle: (items) => {
      const shuffled = [...items];
      for (let last = shuffled.length - 1; last > 0; last--) {
        const other = integer(last + 1);
        [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
      }
      return shuffled;
    },
    normal: () => Math.sqrt(-2 * Math.log(openInterval(uniform()))) * Math.cos(2 * Math.PI * uniform()),
  };
}

/** Key and upper counter words of a stream: each step of the path is a Philox block under the words of the step before. */
function deriveStream(seed: number, path: readonly number[]): readonly [number, number, number, number] {
  checkSeed('randomStream', seed);
  const state = new Uint32Array([seed, keyHigh(seed, STREAM_TAG), 0, 0]);
  for (const step of path) {
    checkSeed('randomStream, path', step);
    philoxInto(state, step, Math.floor(step / TWO_TO_32) | DERIVE, state[2]!, state[3]!, state[0]!, state[1]!);
  }
  return [state[0]!, state[1]!, state[2]!, state[3]!];
}

/** Leaves in `block` the words for the first `used` coordinates and a block number. */
function blockAt(seed: number, family: number, blockNumber: number, coordinates: readonly number[], used: number): void {
  const c1 = used > 0 ? coordinates[0]! : 0;
  const c2 = used > 1 ? coordinates[1]! : 0;
  const c3 = used > 2 ? coordinates[2]! : 0;
  philoxInto(block, blockNumber, c1, c2, c3, seed, keyHigh(seed, family));
}

const keyHigh = (seed: number, tag: number): number => Math.floor(seed / TWO_TO_32) | (tag << TAG_SHIFT);

/** 53 bits out of 64. */
const join = (high: number, low: number): number => (high >>> 5) * 2 ** 26 + (low >>> 6);

const fraction = (high: number, low: number): number => join(high, low) / TWO_TO_53;

function checkSeed(where: string, seed: number): void {
  if (Number.isSafeInteger(seed) && seed >= 0) return;
  throw new SamplingError({ where, expected: 'a seed that is an integer from 0 to 2^53 - 1', got: String(seed) });
}

function checkCoordinates(where: string, coordinates: readonly number[], least: number, most: number): void {
  if (coordinates.length < least || coordinates.length > most) {
    throw new SamplingError({ where, expected: `${least} to ${most} coordinates`, got: String(coordinates.length) });
  }
  for (const coordinate of coordinates) {
    if (coordinate >>> 0 === coordinate) continue;
    throw new SamplingError({ where, expected: 'coordinates that are integers from 0 to 2^32 - 1', got: String(coordinate) });
  }
}
