import type { Visibility } from '@palimpsest/backbone';
import type { Dimension, Value } from '@palimpsest/graph';

/** A layer maps [batch, length, width] to the same shape. It is made once, on a scope, and called for training and inference alike. */
export type Layer = (x: Value, context: LayerContext) => Value;

/** What a pass over some tokens tells its layers. */
export interface LayerContext {
  readonly batch: Dimension;
  readonly length: Dimension;
  /** Absolute positions of the tokens, int64 [batch, length]; all below `maximumLength`. */
  readonly positions: Value;
  readonly maximumLength: number;
  readonly visibility: Visibility;
  /** By how many positions the blocks of each sequence lie earlier than visibility has them, int64 [batch]; not at all where absent. */
  readonly blockShift?: Value;
  /**
   * How many tokens of each row are real, int64 [batch]; those after them only fill the batch up. All are where absent. What is carried
   * on is left as if the rest were not there, exactly.
   */
  readonly realLengths?: Value;
  /**
   * Present in training of block diffusion: so many tokens at the front are a noisy copy of those behind them, whole blocks of one text. A noisy
   * token sees its own noisy block and the clean blocks before it, a clean token what visibility says. There is nothing to keep.
   */
  readonly noisyLength?: number;
  /** What is committed before these tokens; absent when they start the sequence. */
  readonly prefix?: Prefix;
  /** Hands over what these tokens leave behind, for every declared state. Passes that keep nothing ignore it. */
  readonly keep: (state: StateDeclaration, value: Value) => void;
  /** Hands over what a layer can tell of its inside, by a name of its own, where somebody wants to look. */
  readonly observe?: (name: string, value: Value) => void;
  /** Builds a value that several layers read (a mask, a rotary table) once for the pass. */
  readonly shared: <T>(key: string, build: () => T) => T;
}

export interface Prefix {
  /** Committed tokens of each context, int64 [batch]. */
  readonly lengths: Value;
  /**
   * Of the rows of the per-token states, int64 [capacity]: 0, 1, .. up to the capacity, but beyond every length where the tokens of the pass take a row's place. Rows whose
   * position is not below a context's length mean nothing to it.
   */
  readonly positions: Value;
  readonly read: (state: StateDeclaration) => Value;
  /**
   * How many rows the recent states have. Present in passes of one token after which states that fold stay as they are: the token leaves
   * rows behind instead, and what is read of such a state lacks the tokens whose rows there are.
   */
  readonly recent?: number;
}

/**
 * What a layer carries from token to token.
 *
 *   growth      what is kept                    what is read
 *   per-token   [batch, heads, length, size]    [batch, heads, capacity, size]   shape is [heads, size]
 *   recent      [batch, heads, length, size]    [batch, heads, recent, size]     shape is [heads, size]; rows that nobody wrote are zeros
 *   fixed       [batch, ..shape]                [batch, ..shape]
 */
export interface StateDeclaration {
  readonly name: string;
  readonly shape: readonly number[];
  readonly growth: 'per-token' | 'recent' | 'fixed';
  /** For a fixed state that may lag behind: it after the tokens whose recent rows there are. */
  readonly fold?: Fold;
  /** Present where numbers can outgrow float32: whoever runs the model looks, and says this of what to try. */
  readonly mayOverflow?: { readonly hint: string };
}

/** What a state becomes; `read` gives it and the recent states of its layer, of `recent` rows. */
export type Fold = (read: Prefix['read'], sizes: { readonly batch: Dimension; readonly recent: number }) => Value;

/** First numbers of a parameter, row-major; `normal` draws from the standard normal distribution. */
export type Initialiser = (shape: readonly number[], normal: () => number) => Float32Array;

export interface ParameterDeclaration {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initialise: Initialiser;
  /** How an optimiser should treat it: `matrix` weights map features to features, `embedding` rows belong to tokens, `vector`s scale and shift. */
  readonly role: ParameterRole;
  /** The parameter as the model's expressions read it. */
  readonly value: Value;
}
export type ParameterRole = 'matrix' | 'embedding' | 'vector';

/** Where a layer declares what it owns. A declaration's name is its lexical path, which is its name in published checkpoints where we can. */
export interface Scope {
  readonly path: string;
  readonly child: (name: string | number) => Scope;
  readonly parameter: (name: string, shape: readonly number[], declaration: { readonly initialise: Initialiser; readonly role: ParameterRole }) => Value;
  readonly state: (name: string, shape: readonly number[], growth: StateDeclaration['growth'], options?: Pick<StateDeclaration, 'fold' | 'mayOverflow'>) => StateDeclaration;
}

export interface Declarations {
  readonly parameters: readonly ParameterDeclaration[];
  readonly states: readonly StateDeclaration[];
}
