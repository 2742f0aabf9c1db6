export { SamplingError } from './error.js';
export { philox4x32 } from './philox.js';
export type { Words2, Words4 } from './philox.js';
export { fillUniform, openInterval, openUniformAt, randomStream, uniformAt } from './random.js';
export type { RandomStream } from './random.js';
