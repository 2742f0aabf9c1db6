export { generateAutoregressive } from './autoregressive.js';
export type { AutoregressiveOptions } from './autoregressive.js';
