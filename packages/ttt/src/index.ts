export { tttLinear, tttMlp } from './layer/ttt.js';
export type { TttConfig } from './layer/ttt.js';
export { defineTttModel } from './model.js';
export type { TttModelConfig } from './model.js';
export { normedResidual, plainValues } from './reconstruction.js';
export type { HeadSizes, Reconstruction } from './reconstruction.js';
