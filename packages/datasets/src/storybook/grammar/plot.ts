import type { Pattern } from './pattern.js';

/**
 * The state of the world, as what is said of what: `{ 'toy.owner': 'hero', 'toy.at': 'spot', 'hero.feels': 'sad' }`.
 * Values are roles of the plot or plain words.
 */
export type Facts = Readonly<Record<string, string>>;

/** One thing that happens, written as one sentence. */
export interface StepPlan {
  readonly name: string;
  /** Templates that say the same thing, equally likely. */
  readonly says: readonly string[];
  /** Facts that must hold before. */
  readonly needs?: Facts;
  /** Facts that hold afterwards. */
  readonly sets?: Facts;
  /** Probability that the step is told at all; 1 when absent. */
  readonly chance?: number;
}

/** A plot is its steps in order. The last one is the ending. */
export interface PlotPlan {
  readonly name: string;
  readonly steps: readonly StepPlan[];
}

/** A step whose templates have been read. */
export interface Step {
  readonly name: string;
  readonly patterns: readonly Pattern[];
  readonly needs: Facts;
  readonly sets: Facts;
  readonly chance: number;
}
export interface Plot {
  readonly name: string;
  readonly steps: readonly Step[];
  /** The index of each step. */
  readonly order: ReadonlyMap<Step, number>;
  /** For each role the last step that may mention it first: the earliest one that is always told and mentions it however it is told. */
  readonly introductions: ReadonlyMap<string, number>;
}
