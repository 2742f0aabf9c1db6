import type { StateDeclaration } from '@palimpsest/layers';
import type { GraphName, HeadName, TrunkName } from './graphs.js';
import { keptGroups } from './kept-groups.js';
import { openSession } from './session.js';
import type { GraphSession, HostTensor, SessionOptions } from './session.js';
import { openStatePool } from './state-pool.js';

/** Runs passes and holds what contexts carry. Everything that goes in or comes out is plain data, so it may live in a worker. */
export interface Engine extends AsyncDisposable {
  /** Compiles a graph before it is needed. */
  readonly prepare: (graph: GraphName) => Promise<void>;
  readonly run: (pass: PassRequest) => Promise<PassAnswer>;
  /** A context that carries what another does. */
  readonly copy: (from: number, to: number) => Promise<void>;
  /** Forgets what a context carries. */
  readonly release: (context: number) => Promise<void>;
}

export interface EngineSettings {
  readonly states: readonly StateDeclaration[];
  readonly maximumLength: number;
  readonly session: SessionOptions;
}

/** One pass of several contexts, each with equally many new tokens. */
export interface PassRequest {
  readonly trunk: TrunkName;
  readonly contexts: readonly number[];
  /** Committed tokens of each context. */
  readonly lengths: readonly number[];
  readonly tokens: readonly Int32Array[];
  /** Indices of the contexts whose tokens join their prefix. */
  readonly append: readonly number[];
  readonly heads: readonly HeadRequest[];
}

export interface HeadRequest {
  readonly head: HeadName;
  /** Wanted rows: index of the context, and of the row in its tokens. */
  readonly rows: readonly WantedRows[];
}
export interface WantedRows {
  readonly context: number;
  readonly rows: Int32Array;
  readonly targets?: Int32Array;
}

export interface PassAnswer {
  /** For each head its outputs, rows in the order of the request. Ids are integers. */
  readonly heads: readonly HeadAnswer[];
}
export type HeadAnswer = Readonly<Record<string, Float32Array | Int32Array>>;

/** An engine in this thread. `graph` is asked for the bytes of each graph once, when it is first needed. */
export function openEngine({ states, maximumLength, session: sessionOptions }: EngineSettings, graph: (name: GraphName) => Promise<Uint8Array>): Engine {
  const sessions = new Map<GraphName, Promise<GraphSession>>();
  const pool = openStatePool(states, maximumLength);
  const groups = keptGroups(states);
  const fixed = states.filter(({ growth }) => growth === 'fixed');

  const session = (name: GraphName): Promise<GraphSession> => {
    const known = sessions.get(name) ?? graph(name).then((bytes) => openSession(bytes, sessionOptions));
    sessions.set(name, known);
    return known;
  };

  const runTrunk = async (pass: PassRequest, order: readonly number[], rows: BigInt64Array): Promise<Float32Array> => {
    const trunk = await session(pass.trunk);
    const feeds = trunkFeeds(pass, order, rows);
    const fetch = [...(rows.length > 0 ? ['hidden'] : []), ...(pass.append.length > 0 ? [...groups.keys(), ...fixed.map(({ name }) => `new ${name}`)] : [])];
    const results = await trunk.run(Object.fromEntries(Object.entries(feeds).filter(([name]) => trunk.inputs.includes(name))), fetch);
    for (const index of pass.append) keep(pass, index, order.indexOf(index), results);
    return rows.length > 0 ? floats(results['hidden']!) : new Float32Array();
  };

  const trunkFeeds = ({ trunk, contexts, lengths, tokens }: PassRequest, order: readonly number[], rows: BigInt64Array): Record<string, HostTensor> => {
    const length = tokens[0]!.length;
    const feeds: Record<string, HostTensor> = {
      tokens: integers([order.length, length], order.flatMap((index) => [...tokens[index]!])),
      positions: integers([order.length, length], order.flatMap((index) => Array.from({ length }, (_, i) => lengths[index]! + i))),
      rows: { type: 'int64', shape: [rows.length], data: rows },
    };
    if (trunk === 'first') return feeds;
    feeds['prefix.lengths'] = integers([order.length], order.map((index) => lengths[index]!));
    feeds['prefix.positions'] = integers([pool.capacity], Array.from({ length: pool.capacity }, (_, i) => i));
    for (const state of states) {
      const shape = state.growth === 'fixed' ? state.shape : [state.shape[0]!, pool.capacity, state.shape[1]!];
      feeds[state.name] = { type: 'float32', shape: [order.length, ...shape], data: pool.view(state, contexts[order[0]!]!, order.length) };
    }
    return feeds;
  };

  /** Writes what context `index` leaves behind, row `row` of the batch, into the pool. */
  const keep = ({ contexts, lengths }: PassRequest, index: number, row: number, results: Readonly<Record<string, HostTensor>>): void => {
    const context = contexts[index]!;
    for (const [group, members] of groups) {
      const rows = partOf(results[group]!, row); // [heads of all, length, size]
      const perHead = rows.length / members.reduce((sum, { shape }) => sum + shape[0]!, 0);
      let head = 0;
      for (const state of members) {
        const end = head + state.shape[0]!;
        pool.append(state, context, lengths[index]!, rows.subarray(head * perHead, end * perHead));
        head = end;
      }
    }
    for (const state of fixed) pool.replace(state, context, partOf(results[`new ${state.name}`]!, row));
  };

  const runHead = async ({ head, rows }: HeadRequest, hidden: Float32Array): Promise<HeadAnswer> => {
    const count = rows.reduce((sum, wanted) => sum + wanted.rows.length, 0);
    const feeds: Record<string, HostTensor> = { hidden: { type: 'float32', shape: [count, hidden.length / count], data: hidden } };
    if (head === 'targets') feeds['targets'] = integers([count], rows.flatMap(({ targets }) => [...targets!]));
    const results = await (await session(head)).run(feeds);
    return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data instanceof BigInt64Array ? Int32Array.from(data, Number) : data as Float32Array]));
  };

  const run = async (pass: PassRequest): Promise<PassAnswer> => {
    const order = placed(pass);
    const length = pass.tokens[0]!.length;
    const positionOf = (context: number): number => order.indexOf(context) * length;
    const rows = pass.heads.map((head) => head.rows.flatMap((wanted) => Array.from(wanted.rows, (row) => positionOf(wanted.context) + row)));
    const hidden = await runTrunk(pass, order, BigInt64Array.from(rows.flat(), BigInt));
    const heads: HeadAnswer[] = [];
    const total = rows.reduce((sum, { length: count }) => sum + count, 0);
    let start = 0;
    for (const [index, head] of pass.heads.entries()) {
      const width = hidden.length / total;
      const end = start + rows[index]!.length;
      heads.push(await runHead(head, hidden.subarray(start * width, end * width)));
      start = end;
    }
    return { heads };
  };

  /** Makes room for what is appended; the order of the batch is the order in which the contexts' slots lie. */
  const placed = ({ trunk, contexts, lengths, tokens, append }: PassRequest): readonly number[] => {
    for (const index of append) {
      const context = contexts[index]!;
      if (!pool.has(context)) pool.add(context);
      pool.reserve(lengths[index]! + tokens[index]!.length);
    }
    if (trunk === 'first') return contexts.map((_, index) => index);
    return pool.gather(contexts).map((context) => contexts.indexOf(context));
  };

  let tail: Promise<unknown> = Promise.resolve();
  /** One thing after the other: a pass reads views of the pool. */
  const inTurn = <T>(action: () => T | Promise<T>): Promise<T> => {
    const result = tail.then(action);
    tail = result.catch(() => undefined);
    return result;
  };
  return {
    prepare: (name) => inTurn(async () => void await session(name)),
    run: (pass) => inTurn(() => run(pass)),
    copy: (from, to) => inTurn(() => {
      pool.add(to);
      pool.copy(from, to);
    }),
    release: (context) => inTurn(() => {
      if (pool.has(context)) pool.remove(context);
    }),
    [Symbol.asyncDispose]: () => inTurn(async () => {
      for (const opened of await Promise.allSettled(sessions.values())) if (opened.status === 'fulfilled') await opened.value[Symbol.asyncDispose]();
      sessions.clear();
    }),
  };
}

const floats = ({ data }: HostTensor): Float32Array => data as Float32Array;
const integers = (shape: readonly number[], data: readonly number[]): HostTensor => ({ type: 'int64', shape, data: BigInt64Array.from(data, BigInt) });

/** Entry `index` along the first axis. */
function partOf(tensor: HostTensor, index: number): Float32Array {
  const size = tensor.data.length / tensor.shape[0]!;
  return floats(tensor).subarray(index * size, (index + 1) * size);
}
