import type { StateDeclaration } from '@palimpsest/layers';
import { recentRows } from './recent-rows.js';
import type { HostTensor } from './session.js';

/**
 * What contexts carry, in one array per state with a slot for each context, so that a pass over several contexts reads
 * a view: [slots, heads, capacity, size] for per-token states, [slots, heads, recent rows, size] for recent ones, [slots, ..shape] for
 * fixed ones. Per-token rows beyond a context's length hold anything finite, recent rows that are free are zeros. Contexts are named by any number; where their slots lie is nobody's business.
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
  /** What contexts that lie side by side carry, in the order in which they lie, by state; and `prefix.positions`, 0 to the capacity. */
  readonly tensors: (contexts: readonly number[]) => Readonly<Record<string, HostTensor>>;
  /** Writes `length` rows of each head after the `start` that are there; `rows` [heads, length, size]. */
  readonly append: (state: StateDeclaration, context: number, start: number, rows: Float32Array) => void;
  readonly replace: (state: StateDeclaration, context: number, value: Float32Array) => void;
  /** How many recent rows a context has; none where it is not here. */
  readonly recent: (context: number) => number;
  /** Counts one that was written. */
  readonly addRecent: (context: number) => void;
  readonly forgetRecent: (context: number) => void;
}

const smallest = { slots: 1, capacity: 32 };

/** Arrays up to this size stay when the last context goes: memory that is new to the process costs the next one more than a pass. */
const keptBytes = 64 * 2 ** 20;

export function openStatePool(states: readonly StateDeclaration[], maximumLength: number): StatePool {
  const grows = states.some(({ growth }) => growth === 'per-token');
  const slotOf = new Map<number, number>();
  const contextAt: number[] = [];
  let slots = smallest.slots;
  let capacity = Math.min(smallest.capacity, maximumLength);
  const recent = new Map<number, number>();
  const rowsOf = ({ growth }: StateDeclaration, rows: number): number => (growth === 'per-token' ? rows : growth === 'recent' ? recentRows : 1);
  const width = ({ shape }: StateDeclaration): number => shape.reduce((product, size) => product * size, 1);
  const slotSize = (state: StateDeclaration): number => width(state) * rowsOf(state, capacity);
  /** The arrays that there are where these are long enough. */
  const allocate = (known: ReadonlyMap<StateDeclaration, Float32Array>): ReadonlyMap<StateDeclaration, Float32Array> => new Map(states.map((state) => {
    const [array, size] = [known.get(state), slots * slotSize(state)];
    return [state, array === undefined || array.length < size ? new Float32Array(size) : array];
  }));
  let arrays = allocate(new Map());
  let positions = counting(capacity);
  const views = new Map<number, Readonly<Record<string, HostTensor>>>();
  const viewOf = (state: StateDeclaration, first: number, count: number): HostTensor => {
    const shape = state.growth === 'fixed' ? state.shape : [state.shape[0]!, rowsOf(state, capacity), state.shape[1]!];
    return { type: 'float32', shape: [count, ...shape], data: arrays.get(state)!.subarray(first * slotSize(state), (first + count) * slotSize(state)) };
  };

  /** Lays everything out for other sizes, head by head, the last one first: what grows in place must not run over what is still to be read. */
  const resize = (newSlots: number, newCapacity: number): void => {
    const [old, oldCapacity] = [arrays, capacity];
    [slots, capacity] = [newSlots, newCapacity];
    arrays = allocate(old);
    positions = counting(capacity);
    views.clear();
    for (const state of states) {
      const heads = state.growth === 'fixed' ? 1 : state.shape[0]!;
      const from = (width(state) / heads) * rowsOf(state, oldCapacity);
      const to = (width(state) / heads) * rowsOf(state, capacity);
      for (let head = contextAt.length * heads - 1; head >= 0; head--) arrays.get(state)!.set(old.get(state)!.subarray(head * from, (head + 1) * from), head * to);
    }
  };
  const moveSlot = (from: number, to: number): void => {
    for (const state of states) arrays.get(state)!.copyWithin(to * slotSize(state), from * slotSize(state), (from + 1) * slotSize(state));
  };
  const clear = (state: StateDeclaration, context: number): void => {
    const slot = slotOf.get(context)!;
    arrays.get(state)!.fill(0, slot * slotSize(state), (slot + 1) * slotSize(state));
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
      if (!grows) return;
      let wanted = capacity;
      while (wanted < length) wanted = Math.min(2 * wanted, maximumLength);
      if (wanted !== capacity) resize(slots, wanted);
    },
    has: (context) => slotOf.has(context),
    add: (context) => {
      if (contextAt.length === slots) resize(2 * slots, capacity);
      place(context, contextAt.length);
      for (const state of states) if (state.growth !== 'per-token') clear(state, context);
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
      recent.delete(context);
      if (contextAt.length > 0) return;
      if (states.reduce((bytes, state) => bytes + arrays.get(state)!.byteLength, 0) > keptBytes) arrays = new Map();
      resize(smallest.slots, Math.min(smallest.capacity, maximumLength));
    },
    copy: (from, to) => {
      moveSlot(slotOf.get(from)!, slotOf.get(to)!);
      recent.set(to, recent.get(from) ?? 0);
    },
    gather: (contexts) => {
      const bySlot = (): number[] => [...contexts].sort((a, b) => slotOf.get(a)! - slotOf.get(b)!);
      if (contexts.length === 1) return contexts;
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
    tensors: (contexts) => {
      let first = Infinity;
      for (const context of contexts) first = Math.min(first, slotOf.get(context)!);
      const key = first * slots + contexts.length - 1;
      const known = views.get(key) ?? Object.fromEntries([...states.map((state) => [state.name, viewOf(state, first, contexts.length)]), ['prefix.positions', positions]]);
      views.set(key, known);
      return known;
    },
    append: (state, context, start, rows) => {
      const [heads, size] = state.shape as readonly [number, number];
      const perHead = rows.length / heads;
      const array = arrays.get(state)!;
      const slot = slotOf.get(context)! * slotSize(state);
      for (let head = 0; head < heads; head++) {
        const to = slot + (head * rowsOf(state, capacity) + start) * size;
        for (let i = 0; i < perHead; i++) array[to + i] = rows[head * perHead + i]!; // a view for every head would cost more than one row's numbers
      }
    },
    replace: (state, context, value) => arrays.get(state)!.set(value, slotOf.get(context)! * slotSize(state)),
    recent: (context) => recent.get(context) ?? 0,
    addRecent: (context) => recent.set(context, (recent.get(context) ?? 0) + 1),
    forgetRecent: (context) => {
      recent.delete(context);
      for (const state of states) if (state.growth === 'recent') clear(state, context);
    },
  };
}

const counting = (count: number): HostTensor => ({ type: 'int64', shape: [count], data: BigInt64Array.from({ length: count }, (_, index) => BigInt(index)) });
