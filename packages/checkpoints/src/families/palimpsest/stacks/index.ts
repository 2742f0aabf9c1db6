import { layers } from './layers.js';
import type { PalimpsestLayersConfig } from './layers.js';
import { mamba2 } from './mamba2.js';
import type { PalimpsestMamba2Config } from './mamba2.js';
import type { Stack } from './stack.js';
import { transformer } from './transformer.js';
import type { PalimpsestTransformerConfig } from './transformer.js';
import { ttt } from './ttt.js';
import type { PalimpsestTttConfig } from './ttt.js';

/** `config.json` of the models trained here. */
export type PalimpsestConfig = PalimpsestTransformerConfig | PalimpsestMamba2Config | PalimpsestTttConfig | PalimpsestLayersConfig;

/** A stack more is a file more and a line more, here and above. */
export const stacks: readonly Stack[] = [transformer, mamba2, ttt, layers];
