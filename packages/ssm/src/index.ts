export { mamba1 } from './mamba1/mamba1.js';
export type { Mamba1Config } from './mamba1/mamba1.js';
export { mamba2 } from './mamba2/mamba2.js';
export type { Mamba2Config } from './mamba2/mamba2.js';
export { defineMambaModel } from './model.js';
export type { MambaModelConfig } from './model.js';
