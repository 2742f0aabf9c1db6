import type { Backbone, Context, ContextOptions, Prediction, Scores, Vocabulary, Want } from '../backbone.js';
import { blockShift, checkAppend, checkNotDisposed, checkRequest, checkRescore, checkRewind } from '../request.js';
import type { Visibility } from '../visibility.js';
import { scoresFromLogits } from './scores.js';

export interface ToyDefinition {
  readonly vocabulary: Vocabulary;
  readonly maximumLength: number;
  readonly visibility: Visibility;
  readonly prediction: Prediction;
  /** Logits [vocabulary] of the row at `position`, of which `visible` tokens from the first on may be used. */
  readonly row: (tokens: Int32Array, position: number, visible: number) => readonly number[];
  /** Awaited once a pass: latency is the test's to choose. */
  readonly delay?: (pass: Pass) => Promise<void>;
}

export interface Pass {
  readonly contexts: number;
  readonly positions: number;
}

/** A backbone without a model: every answer is computed anew from the whole sequence, in float64, and passes are counted. */
export interface ToyBackbone extends Backbone {
  /** Every pass so far. */
  readonly passes: readonly Pass[];
  /** Contexts that are not disposed. */
  readonly openContexts: number;
}

interface Request {
  readonly positions: number;
  /** Throws when the request can no longer be answered. */
  readonly check: () => void;
  readonly answer: () => void;
  readonly fail: (reason: unknown) => void;
}

/**
 * Contexts are extended, forked and rewound as `visibility` allows. What waits while a pass runs is computed together
 * in the next one; requests of one context are answered in the order in which they came.
 */
export function toyBackbone(definition: ToyDefinition): ToyBackbone {
  const { vocabulary, maximumLength, visibility, prediction } = definition;
  const passes: Pass[] = [];
  const contexts = new Set<object>();
  const enqueue = passQueue(definition.delay, passes);
  let disposed = false;

  const context = (prefix: Int32Array, shift: number, signal: AbortSignal | undefined): Context => {
    const self = {};
    contexts.add(self);
    let committed = prefix;
    const checkUsable = (): void => {
      checkNotDisposed('backbone', disposed);
      checkNotDisposed('context', !contexts.has(self));
      signal?.throwIfAborted();
    };
    const rowsOf = (sequence: Int32Array, start: number, count: number): readonly number[] =>
      Array.from({ length: count }, (_, index) => scoredRow(definition, sequence, start + index, shift)).flat();
    const ask = <W extends Want>(given: Int32Array, want: W, keep: boolean): Promise<Scores<W>> => {
      const tokens = given.slice();
      const check = (): void => {
        checkUsable();
        (keep ? checkAppend : checkRequest)(definition, { length: committed.length, shift }, tokens, want);
      };
      const answer = (): Scores<W> => {
        const sequence = Int32Array.of(...committed, ...tokens);
        const logits = rowsOf(sequence, committed.length, tokens.length);
        if (keep) committed = sequence;
        return scoresFromLogits(logits, vocabulary.size, want);
      };
      return enqueue(tokens.length, check, answer);
    };
    /** Exactly: a token of a toy is what it is, whatever it looked at. */
    const rescore = <W extends Want>(start: number, given: Int32Array, want: W): Promise<Scores<W>> => {
      const tokens = given.slice();
      const check = (): void => {
        checkUsable();
        checkRescore(definition, { length: committed.length, shift }, start, tokens, want);
      };
      const answer = (): Scores<W> => {
        const sequence = Int32Array.from(committed, (id, position) => tokens[position - start] ?? id);
        return scoresFromLogits(rowsOf(sequence, start, tokens.length), vocabulary.size, want);
      };
      return enqueue(tokens.length, check, answer);
    };
    const extensible = visibility.blockSize !== Infinity;
    return {
      get length() {
        return committed.length;
      },
      get stateBytes() {
        return committed.byteLength;
      },
      score: (tokens, want) => ask(tokens, want, false),
      ...(extensible && {
        append: <W extends Want>(tokens: Int32Array, want: W) => ask(tokens, want, true),
        rescore,
        rewind: async (length: number) => {
          checkUsable();
          checkRewind(definition, { length: committed.length, shift }, length);
          committed = committed.slice(0, length);
        },
      }),
      fork: async () => {
        checkUsable();
        return context(committed, shift, signal);
      },
      [Symbol.asyncDispose]: async () => {
        contexts.delete(self);
      },
    };
  };

  return {
    specification: 'backbone-v1',
    vocabulary,
    maximumLength,
    visibility,
    prediction,
    passes,
    get openContexts() {
      return contexts.size;
    },
    open: async (options: ContextOptions = {}) => {
      checkNotDisposed('backbone', disposed);
      return context(new Int32Array(), blockShift(definition, options), options.signal);
    },
    [Symbol.asyncDispose]: async () => {
      disposed = true;
      contexts.clear();
    },
  };
}

function scoredRow({ visibility, row }: ToyDefinition, sequence: Int32Array, position: number, shift: number): readonly number[] {
  let visible = position + 1;
  while (visible < sequence.length && visibility.sees(position + shift, visible + shift)) visible++;
  return row(sequence, position, visible);
}

type Enqueue = <Answer>(positions: number, check: () => void, answer: () => Answer) => Promise<Answer>;

function passQueue(delay: ToyDefinition['delay'], passes: Pass[]): Enqueue {
  let waiting: Request[] = [];
  let running = false;
  const drain = async (): Promise<void> => {
    running = true;
    await Promise.resolve(); // what is asked in this turn joins
    while (waiting.length > 0) {
      const requests = waiting.filter(answerable);
      waiting = [];
      if (requests.length === 0) continue;
      const pass = { contexts: requests.length, positions: requests.reduce((sum, { positions }) => sum + positions, 0) };
      passes.push(pass);
      try {
        await delay?.(pass);
        for (const { answer } of requests) answer();
      } catch (error) {
        for (const { fail } of requests) fail(error);
      }
    }
    running = false;
  };
  return async (positions, check, answer) => {
    check();
    return new Promise((resolve, reject) => {
      waiting.push({ positions, check, answer: () => resolve(answer()), fail: reject });
      if (!running) void drain();
    });
  };
}

function answerable({ check, fail }: Request): boolean {
  try {
    check();
    return true;
  } catch (error) {
    fail(error);
    return false;
  }
}
