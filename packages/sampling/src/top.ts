import type { IdRange } from './settings.js';

/**
 * The ids of the `count` largest numbers of a row, largest first, ties by lower id, without sorting the row: a heap
 * whose root is the worst id kept so far. Only ids in `ranges`, which ascend, count; there may be fewer than `count`.
 *
 * @param target at least `count` long; the result is its beginning.
 */
export function topIds(row: Float32Array, count: number, ranges: readonly IdRange[], target: Int32Array): Int32Array {
  let size = 0;
  let worstKept = -Infinity;
  for (const { start, end } of ranges) {
    for (let id = start; id < end; id++) {
      if (size < count) {
        target[size] = id;
        siftUp(row, target, size++);
      } else if (row[id]! > worstKept) {
        target[0] = id;
        siftDown(row, target, size);
      } else continue;
      worstKept = row[target[0]!]!;
    }
  }
  for (let last = size - 1; last > 0; last--) {
    swap(target, 0, last);
    siftDown(row, target, last);
  }
  return target.subarray(0, size);
}

/** Whether a is less probable than b, of equals the higher id. */
export const isWorse = (row: Float32Array, a: number, b: number): boolean => row[a]! < row[b]! || (row[a]! === row[b]! && a > b);

function siftUp(row: Float32Array, heap: Int32Array, start: number): void {
  let child = start;
  while (child > 0) {
    const parent = (child - 1) >> 1;
    if (!isWorse(row, heap[child]!, heap[parent]!)) return;
    swap(heap, child, parent);
    child = parent;
  }
}

function siftDown(row: Float32Array, heap: Int32Array, size: number): void {
  let parent = 0;
  for (;;) {
    let child = 2 * parent + 1;
    if (child >= size) return;
    if (child + 1 < size && isWorse(row, heap[child + 1]!, heap[child]!)) child++;
    if (!isWorse(row, heap[child]!, heap[parent]!)) return;
    swap(heap, parent, child);
    parent = child;
  }
}

export function swap(heap: Int32Array, a: number, b: number): void {
  const kept = heap[a]!;
  heap[a] = heap[b]!;
  heap[b] = kept;
}
