/** Half-open: from `start` up to, not including, `end`. Positions count from the prompt's first token. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export type FinishReason = 'end-token' | 'length' | 'stable' | 'aborted';

/**
 * Every way of generating is an async generator of these events; its return value is the result. The terminal, the
 * page, the server, the trace file and the tests all read this one stream. Passes count from 1.
 */
export type GenerationEvent =
  | { readonly type: 'block-start'; readonly block: number; readonly range: Range }
  | {
      readonly type: 'tokens-commit';
      readonly positions: Int32Array;
      readonly ids: Int32Array;
      /** Probability that the model gave each committed token, 0 to 1. */
      readonly confidence: Float32Array;
      readonly pass: number;
    }
  | { readonly type: 'tokens-revoke'; readonly positions: Int32Array; readonly pass: number }
  | {
      /** What stands to be written at every position that is still open, and how much the model doubts it, on request. */
      readonly type: 'draft';
      readonly positions: Int32Array;
      /** The tokens that the pass proposed there, chosen as those that were committed; a later pass may choose others. */
      readonly ids: Int32Array;
      /** Of the model's own distribution at each position, without temperature, noise or bans. */
      readonly entropy: Float32Array; // nats
      readonly pass: number;
    }
  | { readonly type: 'block-end'; readonly block: number }
  | { readonly type: 'finish'; readonly reason: FinishReason; readonly usage: Usage };

/** What one generation cost. */
export interface Usage {
  readonly promptTokens: number;
  /** Tokens of the answer, the end token not counted. */
  readonly generatedTokens: number;
  readonly forwardPasses: number;
  /** Token positions that went through the model, summed over passes. */
  readonly positionsComputed: number;
  readonly milliseconds: number;
  /** Until the first committed token of the answer; equal to `milliseconds` when there was none. */
  readonly millisecondsToFirstToken: number;
  /** Of `milliseconds`, spent waiting for the backbone; the rest is sampler and events. */
  readonly millisecondsInModel: number;
  /** Largest memory that the context's committed tokens held. */
  readonly stateBytes: number;
}

export interface GenerationResult {
  /** The answer: generated ids up to, not including, the first end token. */
  readonly ids: Int32Array;
  readonly reason: FinishReason;
  readonly usage: Usage;
}

export type Generation = AsyncGenerator<GenerationEvent, GenerationResult, void>;

/** Milliseconds from any fixed origin. Time is an argument; `performance.now` is the usual one. */
export type Clock = () => number;
