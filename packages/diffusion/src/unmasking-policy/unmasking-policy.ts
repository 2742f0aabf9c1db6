import type { Range } from '@palimpsest/backbone';

/**
 * Which cells of the block are committed now. A pure function of what it may see, chance included: it cannot call the
 * model. `policyContract` in `@palimpsest/diffusion/testing` proves it.
 */
export interface UnmaskingPolicy {
  readonly name: string;
  /** Present where it decides the same however many steps are planned: a text takes as many as it takes. */
  readonly ignoresPlan?: true;
  readonly decide: (view: StepView) => Decision;
}

/** One step in one block. Positions count from the prompt's first token. */
export interface StepView {
  readonly block: Range;
  /** From 0, within the block. */
  readonly step: number;
  /** Planned for the block. A policy that does not follow the quota may finish earlier or later. */
  readonly steps: number;
  /** Cells that the plan commits in this step: the open ones split evenly over the steps, all that remain afterwards. */
  readonly quota: number;
  /** Positions still masked, ascending. */
  readonly open: Int32Array;
  /** The token that stands to be committed at each open position; another one only after a change of the text. */
  readonly proposals: Int32Array; // as open
  /** Positions revealed in this block's earlier steps, ascending: those that may be revoked. */
  readonly revealed: Int32Array;
  /** Of the token at a revealed position, when it was committed; index into `revealed`. */
  readonly committedProbability: (index: number) => number;
  /** Of the model for the proposal at an open position, without temperature or noise; index into `open`. */
  readonly probability: (index: number) => number;
  /** Largest probability less the second largest; index into `open`. */
  readonly margin: (index: number) => number;
  /** In nats; index into `open`. */
  readonly entropy: (index: number) => number;
  /** A number in [0, 1) that belongs to this step and position alone. */
  readonly chance: (position: number) => number;
}

export interface Decision {
  /** Open positions, each once. */
  readonly commit: readonly number[];
  /** Revealed positions to mask again, each once. */
  readonly revoke?: readonly number[];
}
