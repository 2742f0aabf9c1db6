import type { Backbone, Clock } from '@palimpsest/backbone';
import type { Editing, UnmaskingPolicy } from '@palimpsest/diffusion';
import type { SamplingSettings } from '@palimpsest/sampling';
import type { Alignment } from '../block-plan/block-plan.js';
import type { Window } from '../block-plan/window.js';
import type { StopRule } from '../stop-rule/stop-rule.js';
import type { InFlight } from './in-flight.js';

export interface DualCache {
  /** Cells of a part; 8 in the published sampler, of blocks of 32. */
  readonly partSize: number;
}

export interface BlockDiffusionOptions extends SamplingSettings {
  /** With a mask token. Where the text is more than one block, contexts that can be appended to. */
  readonly backbone: Backbone;
  readonly prompt: Int32Array;
  /** Cells to write after the prompt, at most. The last block is cut there: a model that was trained on whole blocks writes best where one ends. */
  readonly maximumTokens: number;
  /** Tokens to a block: a multiple of the visibility's blocks, which it is by default; under bidirectional visibility the whole text. */
  readonly blockSize?: number;
  /** By default `fromStart`. */
  readonly alignment?: Alignment;
  /** For texts that are longer than the model's context, or to bound what a look costs: a block sees the last tokens before it and no others. All before it where absent. */
  readonly window?: Window;
  /** Planned looks at each block; by default one for each of its tokens. */
  readonly stepsPerBlock?: number;
  /** By default `lowConfidence`. */
  readonly policy?: UnmaskingPolicy;
  /**
   * Present where written tokens may be replaced by what the model then says there. For `finishedBlocks`, contexts that can be rewound; a finished
   * block is looked at once more where its looks were spent or one before it has changed, and it sees what it saw before: itself and what stands before it.
   */
  readonly editing?: Editing;
  /**
   * Present where a block is written in parts and a part, from its second look on, is looked at alone, beside the rest of the block as the part's first look saw it
   * (the dual cache of Fast-dLLM v2, arXiv:2509.26328). Less is computed and what is read is no longer exactly the model's; `subBlocks` of `@palimpsest/diffusion` writes in the
   * same parts, exactly. For blocks of the visibility's size and contexts with `rescore`; a last block that is cut short is looked at whole.
   */
  readonly dualCache?: DualCache;
  /** Present where blocks are begun before the ones before them are finished, with a policy that ignores the plan. Each look is then at all of them. */
  readonly inFlight?: InFlight;
  /** Of every proposal; by default 0, the most probable token. */
  readonly temperature?: number;
  readonly seed: number;
  /** Emit what each pass proposed for the cells of the block that are open still, and the model's doubt. */
  readonly draft?: boolean;
  /** Stop once an end token and all before it are written, which leaves the answer as it is. By default true. */
  readonly stopAtEnd?: boolean;
  /** Asked after each block. */
  readonly stopRule?: StopRule;
  readonly signal?: AbortSignal;
  readonly clock: Clock;
}
