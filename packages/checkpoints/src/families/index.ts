import type { CheckpointFamily } from './family.js';
import { llada } from './llada/llada.js';
import { llama } from './llama/llama.js';
import { palimpsest } from './palimpsest/palimpsest.js';

/** A family more is a folder more and a line more. */
export const families: readonly CheckpointFamily[] = [llama, llada, palimpsest];
