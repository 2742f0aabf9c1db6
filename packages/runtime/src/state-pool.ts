import type { StateDeclaration } from '@palimpsest/layers';

/**
 * What contexts carry, in one array per state with a slot for each context, so that a pass over several contexts reads
 * a view: [slots, heads, capacity, size] for per-token states, [slots, ..shape] for fixed ones. Rows beyond a context's length
 * hold anything finite. Contexts are named by any number; where their slots lie is nobody's business.
 */
export interface StatePool {
  /** Rows that every per-token slot can hold. */
  readonly capacity: number;
  /** Makes room: doubles the capacity, up to the maximum, until it is at least `length`. */
  readonly reserve: (length: number) => void;
  readonly add: (context: number) => void;
  readonly has: (context: number) => boolean;
  /** Gives up a slot; the last one moves into the gap. */
  readonly remove: (context: number) => void;
  readonly copy: (from: number, to: number) => void;
  /** Moves slots, if need be, until the contexts lie side by side. Returns them in the order in which they lie. */
  readonly gather: (contexts: readonly number[]) => readonly number[];
  /** The slots of contexts that lie side by side. */
  readonly view: (state: StateDeclaration, first: number, count: number) => Float32Array;
  /** Writes `length` rows of each head after the `start` that are there; `rows` [heads, length, size]. */
  readonly append: (state: StateDeclaration, context: number, start: number, rows: Float32Array) => void;
  readonly replace: (state: StateDeclaration, context: number, value: Float32Array) => void;
}

const smallest = { slots: 1, capacity: 32 };

export function openStatePool(states: readonly StateDeclaration[], maximumLength: number): StatePool {
  const slotOf = new Map<number, number>();
  const contextAt: number[] = [];
  let slots = smallest.slots;
  let capacity = Math.min(smallest.capacity, maximumLength);
  const rowsOf = ({ growth }: StateDeclaration, rows: number): number => (growth === 'per-token' ? rows : 1);
  const width = ({ shape }: StateDeclaration): number => shape.reduce((product, size) => product * size, 1);
  const slotSize = (state: StateDeclaration): number => width(state) * rowsOf(state, capacity);
  const allocate = (): Map<StateDeclaration, Float32Array> => new Map(states.map((state) => [state, new Float32Array(slots * slotSize(state))]));
  let arrays = allocate();

  /** Moves everything into arrays of other sizes, head by head. */
  const resize = (newSlots: number, newCapacity: number): void => {
    const [old, oldCapacity] = [arrays, capacity];
    [slots, capacity] = [newSlots, newCapacity];
    arrays = allocate();
    for (const state of states) {
      const heads = state.growth === 'per-token' ? state.shape[0]! : 1;
      const from = (width(state) / heads) * rowsOf(state, oldCapacity);
      const to = (width(state) / heads) * rowsOf(state, capacity);
      for (let head = 0; head < contextAt.length * heads; head++) arrays.get(state)!.set(old.get(state)!.subarray(head * from, (head + 1) * from), head * to);
    }
  };
  const moveSlot = (from: number, to: number): void => {
    for (const state of states) arrays.get(state)!.copyWithin(to * slotSize(state), from * slotSize(state), (from + 1) * slotSize(state));
  };
  const place = (context: number, slot: number): void => {
    contextAt[slot] = context;
    slotOf.set(context, slot);
  };
  const swap = (left: number, right: number): void => {
    const [leftContext, rightContext] = [contextAt[left]!, contextAt[right]!];
    for (const state of states) {
      const size = slotSize(state);
      const array = arrays.get(state)!;
      const saved = array.slice(left * size, (left + 1) * size);
      array.copyWithin(left * size, right * size, (right + 1) * size);
      array.set(saved, right * size);
    }
    place(leftContext, right);
    place(rightContext, left);
  };

  return {
    get capacity() {
      return capacity;
    },
    reserve: (length) => {
      let wanted = capacity;
      while (wanted < length) wanted = Math.min(2 * wanted, maximumLength);
      if (wanted !== capacity) resize(slots, wanted);
    },
    has: (context) => slotOf.has(context),
    add: (context) => {
      if (contextAt.length === slots) resize(2 * slots, capacity);
      for (const state of states) if (state.growth === 'fixed') arrays.get(state)!.fill(0, contextAt.length * slotSize(state), (contextAt.length + 1) * slotSize(state));
      place(context, contextAt.length);
    },
    remove: (context) => {
      const slot = slotOf.get(context)!;
      const last = contextAt.length - 1;
      if (slot !== last) {
        moveSlot(last, slot);
        place(contextAt[last]!, slot);
      }
      contextAt.pop();
      slotOf.delete(context);
      if (contextAt.length === 0) resize(smallest.slots, Math.min(smallest.capacity, maximumLength));
    },
    copy: (from, to) => moveSlot(slotOf.get(from)!, slotOf.get(to)!),
    gather: (contexts) => {
      const bySlot = (): number[] => [...contexts].sort((a, b) => slotOf.get(a)! - slotOf.get(b)!);
      const ordered = bySlot();
      const first = slotOf.get(ordered[0]!)!;
      if (slotOf.get(ordered.at(-1)!)! - first === ordered.length - 1) return ordered;
      const wanted = new Set(contexts);
      const start = Math.min(first, contextAt.length - contexts.length);
      for (let slot = start, next = ordered.length - 1; slot < start + contexts.length; slot++) {
        if (!wanted.has(contextAt[slot]!)) swap(slot, slotOf.get(ordered[next--]!)!);
      }
      return bySlot();
    },
    view: (state, first, count) => {
      const start = slotOf.get(first)! * slotSize(state);
      return arrays.get(state)!.subarray(start, start + count * slotSize(state));
    },
    append: (state, context, start, rows) => {
      const [heads, size] = state.shape as readonly [number, number];
      const length = rows.length / (heads * size);
      const array = arrays.get(state)!;
      for (let head = 0; head < heads; head++) {
        array.set(rows.subarray(head * length * size, (head + 1) * length * size), slotOf.get(context)! * slotSize(state) + (head * capacity + start) * size);
      }
    },
    replace: (state, context, value) => arrays.get(state)!.set(value, slotOf.get(context)! * slotSize(state)),
  };
}
