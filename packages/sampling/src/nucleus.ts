import { isWorse, swap } from './top.js';

/**
 * How many of the first `count` weights, largest first, it takes for a sum of at least `mass`, all if they do not
 * suffice: the one that crosses is included. Holtzman et al. 2020, arXiv:1904.09751, equation 2.
 */
export function nucleusSize(weights: Float64Array, count: number, mass: number): number {
  let sum = 0;
  for (let rank = 0; rank < count; rank++) {
    sum += weights[rank]!;
    if (sum >= mass) return rank + 1;
  }
  return count;
}

/** A weight's bin is the upper bits of its float32: sixteen bins to an octave, in ascending order. */
const BIN_SHIFT = 19;
const LAST_BIN = 127 << (23 - BIN_SHIFT); // of 1
const FIRST_BIN = LAST_BIN - (32 << (23 - BIN_SHIFT)); // of 2^-32, and of all that is lighter

/**
 * Draws an id from the smallest set of largest weights that holds `topP` of their sum, of equals the lower ids: inverts the cumulative
 * distribution over it in ascending order of ids at `uniform` in [0, 1). A weight is at least 0 and at most 1, so that nothing has to be sorted;
 * an id of weight 0 is never drawn. A row that is no distribution gives 0.
 */
export type NucleusSampler = (weights: Float32Array, topP: number, uniform: number) => number;

export function nucleusSampler(size: number): NucleusSampler {
  const masses = new Float64Array(LAST_BIN - FIRST_BIN + 1);
  const scratch = new Int32Array(size);
  return (weights, topP, uniform) => {
    const bits = new Int32Array(weights.buffer, weights.byteOffset, size);
    let light = 0;
    masses.fill(0);
    for (let id = 0; id < size; id++) {
      const bin = (bits[id]! >> BIN_SHIFT) - FIRST_BIN;
      if (bin > 0) masses[bin]! += weights[id]!;
      else light += weights[id]!;
    }
    masses[0] = light;
    let total = 0;
    for (let bin = masses.length - 1; bin >= 0; bin--) total += masses[bin]!;
    if (!(total > 0)) return 0;
    let bin = masses.length - 1;
    let mass = 0; // of the bins above
    while (mass + masses[bin]! < topP * total) mass += masses[bin--]!;

    let count = 0;
    for (let id = 0; id < size; id++) {
      if (Math.max(0, (bits[id]! >> BIN_SHIFT) - FIRST_BIN) === bin && bits[id]! > 0) scratch[count++] = id;
    }
    const kept = selectNucleus(scratch.subarray(0, count), weights, topP * total - mass);
    let last = kept[0]!; // the worst of them
    for (const id of kept) {
      mass += weights[id]!;
      if (isWorse(weights, id, last)) last = id;
    }
    return drawDownTo(last, weights, uniform * mass);
  };
}

/** The first id at which the sum of what is no worse than `last` exceeds the threshold; where rounding puts it at the total, the last of them. */
function drawDownTo(last: number, weights: Float32Array, threshold: number): number {
  const lightest = weights[last]!;
  let sum = 0;
  let drawn = last;
  for (let id = 0; id < weights.length && sum <= threshold; id++) {
    if (weights[id]! < lightest || (weights[id]! === lightest && id > last)) continue;
    sum += weights[id]!;
    drawn = id;
  }
  return drawn;
}

/**
 * As `nucleusSize`, for ids in any order: reorders them so that the nucleus comes first, itself in no order, and gives
 * it. Quickselect by mass (Hoare 1961), so that a flat distribution need not be sorted.
 */
function selectNucleus(ids: Int32Array, weights: Float32Array, mass: number): Int32Array {
  let low = 0;
  let high = ids.length; // the nucleus ends above low, at or below high
  let needed = mass;
  while (low < high) {
    const pivot = partition(ids, weights, low, high);
    let better = 0;
    for (let place = low; place < pivot; place++) better += weights[ids[place]!]!;
    if (better >= needed) {
      high = pivot;
    } else {
      needed -= better + weights[ids[pivot]!]!;
      low = pivot + 1;
      if (needed <= 0) high = low;
    }
  }
  return ids.subarray(0, high);
}

/** Puts what is better than the middle element before it and what is worse behind it; gives its new place. */
function partition(ids: Int32Array, weights: Float32Array, low: number, high: number): number {
  swap(ids, (low + high) >> 1, high - 1);
  const pivot = ids[high - 1]!;
  let place = low;
  for (let other = low; other < high - 1; other++) {
    if (isWorse(weights, pivot, ids[other]!)) swap(ids, place++, other);
  }
  swap(ids, place, high - 1);
  return place;
}

/** A rank below `count` with probability proportional to its weight: inverts the cumulative distribution at `uniform` in [0, 1). */
export function drawRank(weights: Float64Array, count: number, uniform: number): number {
  let total = 0;
  for (let rank = 0; rank < count; rank++) total += weights[rank]!;
  let sum = 0;
  for (let rank = 0; rank < count - 1; rank++) {
    sum += weights[rank]!;
    if (sum > uniform * total) return rank;
  }
  return count - 1;
}
