import type { Control } from './control.js';

/** What is known of a model before it is opened. */
export interface ModelSummary {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Name of the backbone's visibility: `causal`, `bidirectional`, `block-causal(16)`. */
  readonly visibility: string;
  readonly prediction: 'same' | 'next';
  readonly parameters: number;
  readonly maximumLength: number;
  /** Share of its unprompted samples' sentences that the data's checker accepts, 0 to 1. */
  readonly checkerScore?: number;
  /** In training. */
  readonly tokensSeen?: number;
  /** How it writes best, by the names of its controls; a policy with its number is `name=number`. */
  readonly sampling?: { readonly temperature?: number; readonly topP?: number; readonly topK?: number; readonly blockLength?: number; readonly policy?: string; readonly secondLook?: boolean };
  /** Whether it has layers that learn while they read. */
  readonly tellsInnerLosses: boolean;
}

/** A way of generating that runs on a model. */
export interface WayListing {
  readonly name: string;
  readonly title: string;
  readonly sentence: string;
  readonly controls: readonly Control[];
}

export interface ModelListing extends ModelSummary {
  readonly open: boolean;
  readonly ways: readonly WayListing[];
}
