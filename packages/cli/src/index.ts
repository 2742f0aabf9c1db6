export { exitCodes, runPalimpsest } from './run.js';
export type { Output, Screen, Surroundings } from './surroundings.js';
