import type { Backbone, Context, ContextOptions, Want } from '../../backbone.js';
import { PalimpsestError } from '../../error.js';
import { seededUniform } from '../seeded-uniform.js';

export interface ContractOptions {
  readonly name: string;
  /** A backbone for one case, which disposes it. */
  readonly open: () => Promise<Backbone>;
  /** Largest difference between two numbers that should be equal, relative to the second one where that is above 1. */
  readonly tolerance: number;
  /** Which tokens are drawn. Default 1. */
  readonly seed?: number;
  /** Whether changing the token at `key` must change the row at `query`; default: all that a row sees. */
  readonly dependsOn?: (query: number, key: number) => boolean;
}

export type Capability = 'append' | 'rescore' | 'fork' | 'rewind';

/** One sentence that every backbone keeps. `hold` throws where it is broken; `needs` are the capabilities that it is about. */
export interface Law {
  readonly name: string;
  readonly needs?: readonly Capability[];
  readonly hold: (subject: Subject) => Promise<void>;
}

/** A backbone under test, with sequences that fit it and comparisons that are counted. */
export interface Subject {
  readonly backbone: Backbone;
  readonly capabilities: ReadonlySet<Capability>;
  readonly tolerance: number;
  readonly dependsOn: (query: number, key: number) => boolean;
  /** Lengths to append one after the other: whole blocks, odd where blocks allow. */
  readonly chunks: readonly number[];
  /** A length to score, before or behind `chunks`. */
  readonly scored: number;
  readonly uniform: () => number;
  /** Random ids, none of them special. */
  tokens(count: number): Int32Array;
  /** An id that is neither special nor the given one. */
  otherThan(id: number): number;
  /** A context with this prefix. */
  context(prefix?: Int32Array, options?: ContextOptions): Promise<Context>;
  /** Rows x vocabulary. */
  logits(context: Context, tokens: Int32Array, rows?: Int32Array): Promise<Float32Array>;
  equal(what: string, actual: unknown, expected: unknown): void;
  holds(what: string, condition: boolean, got: string): void;
  close(what: string, actual: Float32Array, expected: Float32Array): void;
  /** The largest difference, in units of the tolerance. */
  difference(actual: Float32Array, expected: Float32Array): number;
  refuses(what: string, attempt: () => Promise<unknown>): Promise<void>;
  readonly checks: number;
}

const patterns: readonly (readonly number[])[] = [[5, 7, 3, 1], [2, 3, 1], [2, 1], [1]]; // blocks to a chunk

export async function subjectOf(options: ContractOptions, where: string): Promise<Subject> {
  const { tolerance } = options;
  const backbone = await options.open();
  const { vocabulary, visibility, maximumLength } = backbone;
  const uniform = seededUniform(options.seed ?? 1);
  const special = new Set([vocabulary.mask, vocabulary.end, vocabulary.pad, vocabulary.begin]);
  const words = Array.from({ length: vocabulary.size }, (_, id) => id).filter((id) => !special.has(id));
  const block = Number.isFinite(visibility.blockSize) ? visibility.blockSize : 1;
  const pattern = patterns.find((blocks) => blocks.reduce((sum, count) => sum + count, 1) * block <= maximumLength) ?? [];
  const chunks = pattern.map((count) => count * block);
  const room = maximumLength - chunks.reduce((sum, count) => sum + count, 0);
  let checks = 0;

  const holds = (what: string, condition: boolean, got: string): void => {
    checks++;
    if (!condition) throw new PalimpsestError({ where, expected: what, got });
  };
  const distance = (actual: number, expected: number): number =>
    actual === expected ? 0 : Math.abs(actual - expected) / (tolerance * Math.max(1, Math.abs(expected)));
  const context = async (prefix?: Int32Array, contextOptions?: ContextOptions): Promise<Context> => {
    const opened = await backbone.open(contextOptions);
    if (prefix?.length) await opened.append!(prefix, { give: 'top', top: 1, rows: Int32Array.of() });
    return opened;
  };
  const probe = await context();
  const capabilities = new Set((['append', 'rescore', 'fork', 'rewind'] as const).filter((name) => probe[name] !== undefined));
  await probe[Symbol.asyncDispose]();

  return {
    backbone,
    capabilities,
    tolerance,
    dependsOn: options.dependsOn ?? visibility.sees,
    chunks,
    scored: Math.min(room, block === 1 ? 5 : block + Math.ceil(block / 2)),
    uniform,
    tokens: (count) => Int32Array.from({ length: count }, () => words[Math.floor(uniform() * words.length)]!),
    otherThan: (id) => {
      const others = words.filter((word) => word !== id);
      return others[Math.floor(uniform() * others.length)]!;
    },
    context,
    logits: async (asked, tokens, rows) => (await asked.score(tokens, { give: 'logits', ...(rows && { rows }) })).logits,
    holds,
    equal: (what, actual, expected) => holds(`${what}: ${String(expected)}`, Object.is(actual, expected), String(actual)),
    close: (what, actual, expected) => {
      holds(`${what}: ${expected.length} numbers`, actual.length === expected.length, String(actual.length));
      for (const [index, value] of expected.entries()) {
        const near = distance(actual[index]!, value) <= 1;
        holds(`${what}: ${value} at index ${index}, to a tolerance of ${tolerance}`, near, String(actual[index]));
      }
    },
    difference: (actual, expected) => expected.reduce((largest, value, index) => Math.max(largest, distance(actual[index]!, value)), 0),
    refuses: async (what, attempt) => {
      const outcome = await settled(attempt);
      const got = 'value' in outcome ? 'an answer' : String(outcome.reason);
      holds(`${what} to be refused with a PalimpsestError`, 'reason' in outcome && outcome.reason instanceof PalimpsestError, got);
    },
    get checks() {
      return checks;
    },
  };
}

/** What came of an attempt: a value, or the reason why there is none, thrown at once or later. */
export async function settled<Value>(attempt: () => Promise<Value>): Promise<{ readonly value: Value } | { readonly reason: unknown }> {
  try {
    return { value: await attempt() };
  } catch (reason) {
    return { reason };
  }
}

/** The tokens of both, one after the other. */
export const joined = (...parts: readonly Int32Array[]): Int32Array => Int32Array.from(parts.flatMap((part) => [...part]));

/** Wants nothing: for appends whose answer is of no interest. */
export const nothing: Want = { give: 'top', top: 1, rows: new Int32Array() };
