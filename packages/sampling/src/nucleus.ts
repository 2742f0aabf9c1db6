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

/**
 * As `nucleusSize`, for ids in any order: reorders them so that the nucleus comes first, itself in no order, and gives
 * it. Quickselect by mass (Hoare 1961), so that a flat distribution need not be sorted.
 */
export function selectNucleus(ids: Int32Array, logits: Float32Array, weights: Float64Array, mass: number): Int32Array {
  let low = 0;
  let high = ids.length; // the nucleus ends above low, at or below high
  let needed = mass;
  while (low < high) {
    const pivot = partition(ids, logits, low, high);
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
function partition(ids: Int32Array, logits: Float32Array, low: number, high: number): number {
  swap(ids, (low + high) >> 1, high - 1);
  const pivot = ids[high - 1]!;
  let place = low;
  for (let other = low; other < high - 1; other++) {
    if (isWorse(logits, pivot, ids[other]!)) swap(ids, place++, other);
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

/** As `drawRank`, one of `ids`, each weighed by its own entry of `weights`. */
export function drawId(ids: Int32Array, weights: Float64Array, uniform: number): number {
  let total = 0;
  for (const id of ids) total += weights[id]!;
  let sum = 0;
  for (const id of ids) {
    sum += weights[id]!;
    if (sum > uniform * total) return id;
  }
  return ids[ids.length - 1]!;
}
