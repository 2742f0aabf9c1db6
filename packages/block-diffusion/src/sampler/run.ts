import type { CostMeter } from '@palimpsest/backbone';
import type { Canvas } from '@palimpsest/diffusion/reverse-process';
import type { BlockReader } from './block-reader.js';
import type { Plan } from './plan.js';

/** A text that is being written. */
export interface Run {
  readonly plan: Plan;
  readonly reader: BlockReader;
  readonly meter: CostMeter;
  readonly seed: number;
  readonly draft: boolean;
  /** Whether the answer has ended within the cells of a canvas. */
  readonly ended: (canvas: Canvas) => boolean;
  /** Asked after the block that ends there. */
  readonly stops: (end: number) => boolean;
}

