import type { Visibility } from './visibility.js';

/**
 * What a way of generating may ask of a model. Two verbs: *score* looks, *append* commits. A third, *rescore*, trades exactness for speed where a model can.
 *
 * Anything that implements these two interfaces can be decoded by every package of this repository, whether it is a
 * graph of ours, a process elsewhere or a table of numbers. `backboneContract` in `@palimpsest/backbone/testing` proves it.
 */
export interface Backbone extends AsyncDisposable {
  readonly specification: 'backbone-v1';
  readonly vocabulary: Vocabulary;
  /** Tokens that one context can hold, committed and scored together. */
  readonly maximumLength: number;
  readonly visibility: Visibility;
  /** `same`: row i scores the token at i. `next`: row i scores the token at i + 1 (a shifted model). */
  readonly prediction: Prediction;
  /** Where contexts can be extended and not rewound: what cannot be cut, for whoever has to say so, such as `state model.layers.3.mixer.state`. */
  readonly cannotRewind?: string;
  open(options?: ContextOptions): Promise<Context>;
}

export type Prediction = 'same' | 'next';

/** Token ids are 0 to size - 1. A special token that the model does not have is absent. */
export interface Vocabulary {
  readonly size: number;
  readonly mask?: number;
  readonly end?: number;
  readonly pad?: number;
  readonly begin?: number;
}

export interface ContextOptions {
  /** Rejects what waits or comes later in this context with the signal's reason. A pass that already runs is finished. */
  readonly signal?: AbortSignal;
  /**
   * Tokens of the sequence's first block where it is shorter than the visibility's others, which all begin earlier for it: blocks then end at
   * firstBlock, firstBlock + blockSize, and so on.
   */
  readonly firstBlock?: number;
}

/**
 * One sequence. Batching is the backbone's business: passes that several contexts wait for may be computed together,
 * and nobody's answer depends on who else asked.
 */
export interface Context extends AsyncDisposable {
  /** Committed tokens. */
  readonly length: number;
  /** Bytes of memory that the committed tokens hold. */
  readonly stateBytes: number;
  /** Scores of `tokens` placed after the committed prefix. Nothing is kept. */
  score<W extends Want>(tokens: Int32Array, want: W): Promise<Scores<W>>;
  /** As `score`, and the tokens join the prefix. Absent where a prefix cannot be extended exactly. */
  readonly append?: <W extends Want>(tokens: Int32Array, want: W) => Promise<Scores<W>>;
  /**
   * Scores of `tokens` in the place of as many committed ones of the last block, the first of them at position `start`. They see each other and the rest of what is
   * committed, which stays what it became beside the tokens that it was committed with (the dual cache of Fast-dLLM, arXiv:2505.22618, section 3.2). Nothing is kept.
   * Absent where what stands behind a token cannot be left as it is (scans, fast weights).
   */
  readonly rescore?: <W extends Want>(start: number, tokens: Int32Array, want: W) => Promise<Scores<W>>;
  /** A second context with the same prefix. */
  readonly fork?: () => Promise<Context>;
  /** Forgets the tokens from `length` on. Absent where the state cannot be cut (scans, fast weights: fork instead). */
  readonly rewind?: (length: number) => Promise<void>;
}

/**
 * Which rows of the scored tokens are wanted, and how much of each. `rows` are indices into `tokens`, in any order;
 * all of them when absent. What is returned is reduced where the model runs: at a large vocabulary, moving all
 * logits costs more than the sampler.
 */
export type Want = WantLogits | WantTop | WantTargets | WantDraw;

export interface WantLogits {
  readonly rows?: Int32Array;
  readonly give: 'logits';
}
export interface WantTop {
  readonly rows?: Int32Array;
  readonly give: 'top';
  /** How many of the most probable tokens, 1 to the vocabulary's size. Ties go to the lower id. */
  readonly top: number;
}
export interface WantTargets {
  readonly rows?: Int32Array;
  readonly give: 'targets';
  /** One token id per wanted row. */
  readonly targets: Int32Array;
}
/** A token for each wanted row, from softmax(logits / temperature) by inverting its cumulative distribution in ascending order of ids. */
export interface WantDraw {
  readonly rows?: Int32Array;
  readonly give: 'draw';
  /** Above 0. */
  readonly temperature: number;
  /**
   * Above 0, up to 1: only the smallest set of most probable tokens whose probabilities, at this temperature and without banned tokens, sum to
   * at least so much is drawn from, of equally probable ones the lower ids. All when absent.
   */
  readonly topP?: number;
  /** One number of at least 0 and below 1 per wanted row: whoever asks owns the chance. */
  readonly uniforms: Float64Array;
  /** Token ids that are never drawn, not all there are; none when absent. */
  readonly banned?: Int32Array;
}

export type Scores<W extends Want = Want> =
  W extends WantLogits ? LogitScores : W extends WantTop ? TopScores : W extends WantTargets ? TargetScores : DrawScores;

export interface LogitScores {
  readonly logits: Float32Array; // rows x vocabulary
}
export interface TopScores {
  readonly ids: Int32Array; // rows x top, most probable first
  readonly logProbabilities: Float32Array; // rows x top, natural logarithm
  readonly logSumExp: Float32Array; // rows
  readonly entropy: Float32Array; // rows, nats
}
export interface TargetScores {
  readonly logProbabilities: Float32Array; // rows, natural logarithm
}
export interface DrawScores {
  /** The first id up to which the probabilities sum to more than the row's uniform number: never one of probability 0. */
  readonly ids: Int32Array; // rows
  readonly logProbabilities: Float32Array; // rows, natural logarithm; of the drawn token at temperature 1, nothing banned
  readonly entropy: Float32Array; // rows, nats; at temperature 1, nothing banned
  /** The largest probability less the second largest, at temperature 1, nothing banned. */
  readonly margin: Float32Array; // rows
}
