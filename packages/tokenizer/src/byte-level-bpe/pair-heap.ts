/** Largest count first; among equals the smallest pair. Entries are never removed early: whoever pops checks that the count still holds. */
export interface PairHeap {
  push(pair: number, count: number): void;
  pop(): { readonly pair: number; readonly count: number } | undefined;
}

export function createPairHeap(): PairHeap {
  const pairs: number[] = [];
  const counts: number[] = [];
  const before = (i: number, j: number): boolean => (counts[i] === counts[j] ? pairs[i]! < pairs[j]! : counts[i]! > counts[j]!);
  const swap = (i: number, j: number): void => {
    [pairs[i], pairs[j]] = [pairs[j]!, pairs[i]!];
    [counts[i], counts[j]] = [counts[j]!, counts[i]!];
  };
  const sink = (): void => {
    for (let parent = 0; ; ) {
      const left = 2 * parent + 1;
      let first = parent;
      if (left < pairs.length && before(left, first)) first = left;
      if (left + 1 < pairs.length && before(left + 1, first)) first = left + 1;
      if (first === parent) return;
      swap(parent, first);
      parent = first;
    }
  };
  return {
    push(pair, count) {
      pairs.push(pair);
      counts.push(count);
      for (let child = pairs.length - 1; child > 0; ) {
        const parent = (child - 1) >> 1;
        if (!before(child, parent)) return;
        swap(child, parent);
        child = parent;
      }
    },
    pop() {
      if (pairs.length === 0) return undefined;
      swap(0, pairs.length - 1);
      const top = { pair: pairs.pop()!, count: counts.pop()! };
      sink();
      return top;
    },
  };
}
