export { fromPrompt, fromStart } from './block-plan/block-plan.js';
export type { Alignment } from './block-plan/block-plan.js';
export type { Window } from './block-plan/window.js';
export { generateBlockDiffusion } from './sampler/block-diffusion.js';
export type { InFlight } from './sampler/in-flight.js';
export type { BlockDiffusionOptions, DualCache } from './sampler/options.js';
export { belowEntropy } from './stop-rule/stop-rule.js';
export type { StopRule } from './stop-rule/stop-rule.js';
