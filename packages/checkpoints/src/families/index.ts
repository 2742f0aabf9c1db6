import type { CheckpointFamily } from './family.js';
import { falconMamba } from './falcon-mamba/falcon-mamba.js';
import { llada } from './llada/llada.js';
import { llama } from './llama/llama.js';
import { mamba } from './mamba/mamba.js';
import { mamba2 } from './mamba2/mamba2.js';
import { palimpsest } from './palimpsest/palimpsest.js';
import { ttt } from './ttt/ttt.js';

/** A family more is a folder more and a line more. */
export const families: readonly CheckpointFamily[] = [llama, llada, mamba, mamba2, falconMamba, ttt, palimpsest];
