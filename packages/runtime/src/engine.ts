import type { StateDeclaration } from '@palimpsest/layers';
import type { GraphName, Reduction } from './graph-name.js';
import { keptGroups } from './kept-groups.js';
import { expectFinite, rowWithoutNumber, withoutNumber } from './overflow.js';
import type { Span } from './overflow.js';
import { headFeeds, openStepFeeds, passFeeds, positionsBeside } from './pass-feeds.js';
import { recentRows } from './recent-rows.js';
import { scoresOf } from './scores.js';
import type { HeadAnswer } from './scores.js';
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
  /** Whether steps and looks are graphs of their own, with copies of the weights, and single tokens too where no state asks for it. */
  readonly wholeGraphs: boolean;
}

/**
 * One pass of several contexts, each with equally many new tokens; all of them empty, or none. Tokens come behind what is committed, or all take the place of committed
 * ones at the same positions.
 */
export interface PassRequest {
  readonly contexts: readonly number[];
  /** Committed tokens of each context. */
  readonly lengths: readonly number[];
  /** Position of the first token of each. */
  readonly starts: readonly number[];
  /** By how many positions the blocks of each context lie earlier. */
  readonly shifts: readonly number[];
  readonly tokens: Int32Array; // contexts x new tokens
  /** Indices of the contexts whose tokens join their prefix. */
  readonly append: readonly number[];
  readonly heads: readonly HeadRequest[];
}

export interface HeadRequest {
  readonly reduction: Reduction;
  /** Indices into `tokens`. */
  readonly rows: Int32Array;
  /** For the reduction `targets`, one for each row. */
  readonly targets?: Int32Array;
  readonly draws?: DrawRequest;
}

/** For the reductions `draw` and `nucleus`. Plain lists: a typed array costs more to hand to a worker than a few numbers. */
export interface DrawRequest {
  readonly temperatures: readonly number[]; // rows
  readonly topPs: readonly number[]; // rows; all 1 for `draw`
  readonly uniforms: readonly number[]; // rows
  /** For all rows alike. */
  readonly banned: readonly number[];
}

export interface PassAnswer {
  /** For each head its outputs, rows in the order of the request. */
  readonly heads: readonly HeadAnswer[];
}

/** A state and its numbers: rows [heads, length, size], or all of it. */
type Left = readonly [StateDeclaration, Float32Array];

/** What a pass leaves of the context at an index of its request. */
interface LeftBy {
  readonly index: number;
  readonly left: readonly Left[];
}

/** An engine in this thread. `graph` is asked for the bytes of each graph once, when it is first needed. */
export function openEngine(settings: EngineSettings, graph: (name: GraphName) => Promise<Uint8Array>): Engine {
  const { states, maximumLength, wholeGraphs } = settings;
  const sessions = new Map<GraphName, Promise<GraphSession>>();
  const pool = openStatePool(states, maximumLength);
  const groups = keptGroups(states);
  const stepFeeds = openStepFeeds();
  const fixed = new Map(states.filter(({ growth }) => growth === 'fixed').map((state) => [`new ${state.name}`, state]));
  const isKept = (output: string): boolean => groups.has(output) || fixed.has(output);
  const overflows = states.some(({ mayOverflow }) => mayOverflow !== undefined);
  const keepsRows = states.some(({ growth }) => growth === 'recent');

  const session = (name: GraphName): Promise<GraphSession> => {
    const open = async (): Promise<GraphSession> => openSession(await graph(name), settings.session);
    const known = sessions.get(name) ?? open();
    sessions.set(name, known);
    return known;
  };

  /** Brings states up to their last token, where the pass to come cannot read recent rows or there is no room for another. */
  const foldFor = async ({ contexts, lengths, append }: PassRequest, singles: boolean): Promise<void> => {
    for (const [index, context] of contexts.entries()) {
      const rows = pool.recent(context);
      if (rows === 0 || (singles && (rows < recentRows || !append.includes(index)))) continue;
      const results = await (await session('fold')).run(pool.tensors([context]));
      const states = Object.entries(results).map(([output, { data }]) => [fixed.get(output)!, data as Float32Array] as const); // states are floats
      for (const [state, numbers] of states) expectFinite({ asked: 'fold', first: lengths[index]! - rows, last: lengths[index]! - 1 }, state, numbers);
      for (const [state, numbers] of states) pool.replace(state, context, numbers);
      pool.forgetRecent(context);
    }
  };

  /** Makes room for what is appended. Returns the contexts' places in the batch: slots are read in the order in which they lie. */
  const placesOf = ({ contexts, lengths, tokens, append }: PassRequest): readonly number[] => {
    for (const index of append) {
      if (!pool.has(contexts[index]!)) pool.add(contexts[index]!);
      pool.reserve(lengths[index]! + tokens.length / contexts.length);
    }
    if (lengths[0] === 0) return contexts.map((_, index) => index);
    const order = pool.gather(contexts);
    return contexts.map((context) => order.indexOf(context));
  };

  const trunkFeeds = (pass: PassRequest, places: readonly number[], rows: Int32Array): Record<string, HostTensor> =>
    ({ ...passFeeds(pass, places, rows), ...(pass.lengths[0]! > 0 && pool.tensors(pass.contexts)), ...(isRescored(pass) && { 'prefix.positions': positionsBeside(pass, pool.capacity) }) });

  /** What the context at a place of the batch leaves behind. */
  const leftBehind = (place: number, results: Readonly<Record<string, HostTensor>>): readonly Left[] => {
    const left: Left[] = [];
    for (const [group, members] of groups) {
      if (results[group] === undefined) continue;
      const rows = entryOf(results[group], place); // [heads of all, length, size]
      const perHead = rows.length / members.reduce((sum, { shape }) => sum + shape[0]!, 0);
      let start = 0;
      for (const state of members) {
        const end = start + perHead * state.shape[0]!;
        left.push([state, rows.subarray(start, end)]);
        start = end;
      }
    }
    for (const [output, state] of fixed) if (results[output] !== undefined) left.push([state, entryOf(results[output], place)]);
    return left;
  };

  const spanOf = ({ starts, tokens, contexts, append }: PassRequest, index: number): Span =>
    ({ asked: append.includes(index) ? 'append' : 'score', first: starts[index]!, last: starts[index]! + tokens.length / contexts.length - 1 });

  /**
   * What each context that appends leaves behind.
   * @throws PalimpsestError where numbers that are to be kept have outgrown float32.
   */
  const leftBy = (pass: PassRequest, places: readonly number[], results: Readonly<Record<string, HostTensor>>): readonly LeftBy[] => {
    const all = pass.append.map((index) => ({ index, left: leftBehind(places[index]!, results) }));
    for (const { index, left } of all) for (const [state, numbers] of left) expectFinite(spanOf(pass, index), state, numbers);
    return all;
  };

  const keep = (pass: PassRequest, all: readonly LeftBy[]): void => {
    for (const { index, left } of all) {
      const context = pass.contexts[index]!;
      for (const [state, numbers] of left) {
        if (state.growth === 'fixed') pool.replace(state, context, numbers);
        else pool.append(state, context, state.growth === 'recent' ? pool.recent(context) : pass.lengths[index]!, numbers);
      }
      if (keepsRows && isSingle(pass)) pool.addRecent(context);
    }
  };

  /**
   * Where rows have no number some state has outgrown float32 on the way, whether it is kept or not: the pass is run once more to see which.
   * @throws PalimpsestError naming it.
   */
  const explain = async (pass: PassRequest, token: number, place: number, again: (outputs: readonly string[]) => Promise<Readonly<Record<string, HostTensor>>>, outputs: readonly string[]): Promise<never> => {
    const index = Math.floor((token * pass.contexts.length) / pass.tokens.length);
    const kept = outputs.filter(isKept);
    if (kept.length > 0) {
      for (const [state, numbers] of leftBehind(place, await again(kept))) expectFinite(spanOf(pass, index), state, numbers);
    }
    const position = pass.starts[index]! + (token % (pass.tokens.length / pass.contexts.length));
    throw withoutNumber(states, { ...spanOf(pass, index), first: position, last: position });
  };

  const runStep = async (pass: PassRequest, head: HeadRequest): Promise<PassAnswer> => {
    const step = await session(`step ${head.reduction}`);
    placesOf(pass);
    const feeds = stepFeeds(pass, pool.tensors(pass.contexts), head);
    const results = await step.run(feeds, pass.append.length > 0 ? step.outputs : step.outputs.filter((name) => !isKept(name)));
    const left = leftBy(pass, [0], results);
    const scores = scoresOf(head.reduction, results, head.draws);
    const isWithout = (numbers: HeadAnswer[string]): boolean => numbers instanceof Float32Array && rowWithoutNumber(numbers, 1) !== undefined;
    if (overflows && Object.values(scores).some(isWithout)) await explain(pass, 0, 0, (outputs) => step.run(feeds, outputs), step.outputs);
    keep(pass, left);
    return { heads: [scores] };
  };

  const runLook = async (pass: PassRequest, head: HeadRequest): Promise<PassAnswer> => {
    const look = await session(`${pass.lengths[0] === 0 ? 'first' : 'continued'} look ${head.reduction}`);
    const feeds = { ...trunkFeeds(pass, placesOf(pass), head.rows), ...headFeeds(head) };
    return { heads: [scoresOf(head.reduction, await look.run(feeds), head.draws)] };
  };

  const runHead = async (head: HeadRequest, hidden: HostTensor): Promise<HeadAnswer> =>
    scoresOf(head.reduction, await (await session(`rows ${head.reduction}`)).run({ hidden, ...headFeeds(head) }), head.draws);

  const run = async (pass: PassRequest): Promise<PassAnswer> => {
    const [head, ...others] = pass.heads;
    const singles = isSingle(pass) && (wholeGraphs || keepsRows);
    await foldFor(pass, singles);
    if (wholeGraphs && head !== undefined && others.length === 0) {
      if (singles && pass.contexts.length === 1 && head.rows.length === 1) return runStep(pass, head);
      if (!singles && !overflows && pass.append.length === 0) return runLook(pass, head);
    }
    const trunk = await session(pass.lengths[0] === 0 ? 'first' : singles ? 'singles' : 'continued');
    const places = placesOf(pass);
    const rows = joined(pass.heads.map((asked) => asked.rows));
    const results = await trunk.run(trunkFeeds(pass, places, rows), [...(rows.length > 0 ? ['hidden'] : []), ...(pass.append.length > 0 ? trunk.outputs.filter(isKept) : [])]);
    const left = leftBy(pass, places, results);
    const without = overflows && rows.length > 0 ? rowWithoutNumber(results['hidden']!.data as Float32Array, rows.length) : undefined; // what trunks give are floats
    if (without !== undefined) {
      const token = rows[without]!;
      await explain(pass, token, places[Math.floor((token * places.length) / pass.tokens.length)]!, (outputs) => trunk.run(trunkFeeds(pass, places, rows), outputs), trunk.outputs);
    }
    keep(pass, left);
    const heads: HeadAnswer[] = [];
    let start = 0;
    for (const asked of pass.heads) {
      heads.push(await runHead(asked, rowsOf(results['hidden']!, start, start + asked.rows.length)));
      start += asked.rows.length;
    }
    return { heads };
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

/** Whether each context has a prefix and brings one token that comes behind it. */
const isSingle = (pass: PassRequest): boolean => pass.tokens.length === pass.contexts.length && pass.lengths[0]! > 0 && !isRescored(pass);

const isRescored = ({ starts, lengths }: PassRequest): boolean => starts[0]! < lengths[0]!;

function joined([first, ...rest]: readonly Int32Array[]): Int32Array {
  if (first === undefined || rest.length === 0) return first ?? new Int32Array();
  return Int32Array.from([first, ...rest].flatMap((part) => [...part]));
}

/** Entries `start` to `end` along the first axis. */
function rowsOf({ shape: [count, ...rest], data }: HostTensor, start: number, end: number): HostTensor {
  const size = data.length / count!;
  return { type: 'float32', shape: [end - start, ...rest], data: (data as Float32Array).subarray(start * size, end * size) };
}

const entryOf = (tensor: HostTensor, index: number): Float32Array => rowsOf(tensor, index, index + 1).data as Float32Array; // what trunks give are floats
